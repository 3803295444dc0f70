with

source as (
    select * from {{ source('raw', 'claim_figures') }}
),

renamed as (
    select
        claim_id,
        source_ref
    from source
)

select * from renamed
