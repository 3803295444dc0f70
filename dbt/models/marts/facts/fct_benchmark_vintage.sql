-- A build that continues a release has only what is new or ended since, which takes the place of what stood there.
{{ config(**continued_by(['measure_key', 'area_key', 'period_key', 'member', 'valid_from'])) }}

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

select{{ by_partition() }} * from final
