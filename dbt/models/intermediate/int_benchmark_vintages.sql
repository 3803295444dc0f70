-- Every value that a cell of the series has had, under its names. A view: the many rows are written down once, in the
-- facts.

{{ config(materialized='view') }}

with

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

responses as (
    select * from {{ ref('stg_jobindsats__responses') }}
),

-- What has not ended is joined as well: an outer join would put what has ended apart from the rest of its cell.
endings as (
    select
        response_no,
        retrieved_at as valid_to
    from responses
    union all
    select
        -1 as response_no,
        null as valid_to
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
        {{ series_value_status('vintages.value') }} as value_status,
        segments.series_segment,
        responses.released_at,
        responses.source_ref,
        vintages.ended_by_response_no is null as is_newest,
        responses.retrieved_at as valid_from,
        endings.valid_to
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
    inner join responses
        on vintages.response_no = responses.response_no
    inner join endings
        on coalesce(vintages.ended_by_response_no, -1) = endings.response_no
)

select * from final
