with

source as (
    select * from {{ source('documents', 'comparison_groups') }}
),

renamed as (
    select
        comparison_group_id,
        comparison_group_name,
        cast(stated_size as integer) as stated_size,
        origin
    from source
)

select * from renamed
