with

replies as (
    select * from {{ ref('int_replies') }}
)

select * from replies
order by source_ref
