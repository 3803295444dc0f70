with

source as (
    select * from {{ source('documents', 'target_series') }}
),

renamed as (
    select
        document_id,
        target_id,
        table_id,
        measure_id,
        member,
        area_name as measured_area_name,
        comparison_group_id,
        baseline_period_id
    from source
)

select * from renamed
