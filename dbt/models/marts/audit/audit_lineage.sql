with

figures as (
    select * from {{ ref('int_figures') }}
)

select * from figures
order by source_ref
