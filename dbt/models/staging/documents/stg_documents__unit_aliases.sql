with

source as (
    select * from {{ source('documents', 'unit_aliases') }}
),

renamed as (
    select
        alias,
        unit_id
    from source
)

select * from renamed
