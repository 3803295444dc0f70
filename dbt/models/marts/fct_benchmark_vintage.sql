-- A build that continues a release has only what is new or ended since, which takes the place of what stood there.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['measure_key', 'area_key', 'period_key', 'member', 'valid_from'],
    on_schema_change='fail'
) }}

with

vintages as (
    select * from {{ ref('int_benchmark_vintages') }}
),

final as (
    select
        table_id,
        measure_key,
        area_key,
        period_key,
        member,
        is_total,
        value,
        value_status,
        series_segment,
        released_at,
        source_ref,
        valid_from,
        valid_to
    from vintages
)

select * from final
