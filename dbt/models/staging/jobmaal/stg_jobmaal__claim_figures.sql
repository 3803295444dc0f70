with

source as (
    select * from {{ source('jobmaal', 'claim_figures') }}
),

renamed as (
    select
        claim_id,
        source_ref
    from source
)

select * from renamed
