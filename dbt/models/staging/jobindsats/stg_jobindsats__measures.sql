with

source as (
    select * from {{ source('jobindsats', 'read_measures') }}
),

renamed as (
    select
        measure_no,
        table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better,
        measure_kind,
        suppression_group
    from source
)

select * from renamed
