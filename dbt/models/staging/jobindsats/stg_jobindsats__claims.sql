with

source as (
    select * from {{ source('jobindsats', 'series_claims') }}
),

renamed as (
    select
        table_id,
        rule,
        delivery,
        source_ref,
        retrieved_at,
        cells_checked,
        cells_deviating,
        tolerance,
        unit
    from source
)

select * from renamed
