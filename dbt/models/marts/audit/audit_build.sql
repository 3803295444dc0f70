with

build as (
    select * from {{ ref('int_builds') }}
)

select * from build
