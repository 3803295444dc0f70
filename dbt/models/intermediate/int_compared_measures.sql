-- The measures of the series that are compared: those that are ranked, with the group of areas, and those that tell of
-- a target, with the group that its place is in, if it has one.

with

final as (
    select
        table_id,
        measure_id,
        comparison_group_id
    from {{ ref('stg_documents__rankings') }}
    union
    select
        table_id,
        measure_id,
        comparison_group_id
    from {{ ref('stg_documents__target_series') }}
)

select * from final
