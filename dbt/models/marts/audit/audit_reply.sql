with

responses as (
    select * from {{ ref('int_responses') }}
)

select * from responses
order by source_ref
