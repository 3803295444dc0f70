with

levels as (
    select * from {{ ref('int_levels') }}
),

vintages as (
    select * from {{ ref('stg_jobindsats__vintages') }}
),

-- Keys are worked out on the few names, not on the many values.
measures as (
    select
        measure_no,
        table_id,
        {{ surrogate_key(['table_id', 'measure_id']) }} as measure_key
    from {{ ref('stg_jobindsats__measures') }}
),

areas as (
    select
        area_no,
        {{ surrogate_key(['area_name']) }} as area_key
    from {{ ref('stg_jobindsats__areas') }}
),

segments as (
    select
        table_id,
        period_no,
        series_segment,
        {{ surrogate_key(['period_id']) }} as period_key
    from {{ ref('int_series_segments') }}
),

members as (
    select * from {{ ref('stg_jobindsats__members') }}
),

replies as (
    select * from {{ ref('stg_jobindsats__replies') }}
),

final as (
    select
        measures.table_id,
        measures.measure_key,
        areas.area_key,
        segments.period_key,
        members.member,
        members.is_total,
        vintages.value,
        cast(null as decimal(18, 4)) as value_to,
        'exact' as value_qualifier,
        {{ series_value_status('vintages.value') }} as value_status,
        segments.series_segment,
        replies.released_at,
        replies.source_ref
    from vintages
    inner join measures
        on vintages.measure_no = measures.measure_no
    inner join areas
        on vintages.area_no = areas.area_no
    inner join segments
        on
            measures.table_id = segments.table_id
            and vintages.period_no = segments.period_no
    inner join members
        on vintages.member_no = members.member_no
    inner join replies
        on vintages.reply_no = replies.reply_no
    where vintages.ended_by_reply_no is null
    union all
    select
        document_id as table_id,
        {{ surrogate_key(['document_id', 'measure_id']) }} as measure_key,
        {{ surrogate_key(['area_name']) }} as area_key,
        {{ surrogate_key(['period_id']) }} as period_key,
        member,
        is_total,
        value,
        value_to,
        value_qualifier,
        value_status,
        0 as series_segment,
        cast(dated as timestamp with time zone) as released_at,
        source_ref
    from levels
)

select * from final
