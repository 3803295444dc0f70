with

source as (
    select * from {{ source('documents', 'units') }}
),

renamed as (
    select
        unit_id,
        municipality_name,
        unit_name,
        unit_type,
        abbreviation,
        parent_unit_id
    from source
)

select * from renamed
