-- The newest values of the measures that are ranked or that tell of a target: the few cells that are compared. Out of
-- the fact, which alone has the newest values of all: a build that continues a release has read no more than is new.

with

compared as (
    select distinct
        table_id,
        measure_id
    from {{ ref('int_compared_measures') }}
),

measures as (
    select
        {{ surrogate_key(['measures.table_id', 'measures.measure_id']) }} as measure_key,
        measures.table_id,
        measures.measure_id,
        measures.higher_is_better
    from {{ ref('stg_jobindsats__measures') }} as measures
    inner join compared
        on
            measures.table_id = compared.table_id
            and measures.measure_id = compared.measure_id
),

segments as (
    select
        table_id,
        period_id,
        period_end,
        series_segment,
        {{ surrogate_key(['period_id']) }} as period_key
    from {{ ref('int_series_segments') }}
),

final as (
    select
        measures.table_id,
        measures.measure_id,
        facts.measure_key,
        measures.higher_is_better,
        facts.member,
        facts.is_total,
        areas.area_name,
        facts.area_key,
        segments.period_id,
        facts.period_key,
        segments.period_end,
        segments.series_segment,
        facts.value,
        facts.source_ref
    from {{ ref('fct_benchmark') }} as facts
    inner join measures
        on facts.measure_key = measures.measure_key
    inner join {{ ref('int_areas') }} as areas
        on facts.area_key = areas.area_key
    inner join segments
        on
            measures.table_id = segments.table_id
            and facts.period_key = segments.period_key
)

select * from final
