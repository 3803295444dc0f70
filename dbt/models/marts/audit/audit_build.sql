with

build as (
    select * from {{ ref('stg_jobmaal__build') }}
)

select * from build
