with

source as (
    select * from {{ source('raw', 'read_measures') }}
),

renamed as (
    select
        measure_no,
        table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better
    from source
)

select * from renamed
