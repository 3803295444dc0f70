with

source as (
    select * from {{ source('documents', 'comparison_group_areas') }}
),

renamed as (
    select
        comparison_group_id,
        area_name,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from source
)

select * from renamed
