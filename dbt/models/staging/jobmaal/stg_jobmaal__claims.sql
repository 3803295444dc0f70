with

source as (
    select * from {{ source('jobmaal', 'worked_claims') }}
),

renamed as (
    select
        claim_id,
        document_id,
        claim_kind,
        scope,
        scope_da,
        stated_value,
        computed_value,
        residual,
        tolerance,
        unit,
        cells_checked,
        status,
        explanation,
        explanation_da,
        source_ref
    from source
)

select * from renamed
