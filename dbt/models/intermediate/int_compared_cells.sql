-- The newest values of the measures that are ranked or that tell of a target: the few cells that are compared.

with

compared as (
    select
        table_id,
        measure_id
    from {{ ref('stg_documents__rankings') }}
    union
    select
        table_id,
        measure_id
    from {{ ref('stg_documents__target_series') }}
),

measures as (
    select
        measures.measure_no,
        measures.table_id,
        measures.measure_id,
        measures.higher_is_better
    from {{ ref('stg_jobindsats__measures') }} as measures
    inner join compared
        on
            measures.table_id = compared.table_id
            and measures.measure_id = compared.measure_id
),

final as (
    select
        measures.table_id,
        measures.measure_id,
        measures.higher_is_better,
        members.member,
        members.is_total,
        areas.area_name,
        segments.period_id,
        segments.period_end,
        segments.series_segment,
        vintages.value,
        replies.source_ref
    from {{ ref('stg_jobindsats__vintages') }} as vintages
    inner join measures
        on vintages.measure_no = measures.measure_no
    inner join {{ ref('stg_jobindsats__members') }} as members
        on vintages.member_no = members.member_no
    inner join {{ ref('stg_jobindsats__areas') }} as areas
        on vintages.area_no = areas.area_no
    inner join {{ ref('int_series_segments') }} as segments
        on
            measures.table_id = segments.table_id
            and vintages.period_no = segments.period_no
    inner join {{ ref('stg_jobindsats__replies') }} as replies
        on vintages.reply_no = replies.reply_no
    where vintages.ended_by_reply_no is null
)

select * from final
