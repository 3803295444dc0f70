with

source as (
    select * from {{ source('documents', 'series_rankings') }}
),

renamed as (
    select
        table_id,
        measure_id,
        comparison_group_id
    from source
)

select * from renamed
