with

source as (
    select * from {{ source('documents', 'price_index') }}
),

renamed as (
    select
        price_index_id,
        price_index_name,
        cast(year as integer) as year,
        cast(value as decimal(18, 4)) as index_value,
        coalesce(is_base = 'yes', false) as is_marked,
        source as index_source
    from source
)

select * from renamed
