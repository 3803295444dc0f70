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
