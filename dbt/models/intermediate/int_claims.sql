-- The claims of the documents and those of the series, each with how it came out.

with

claims as (
    select
        claims.claim_id,
        claims.document_id,
        claims.claim_kind,
        claims.scope,
        claims.stated_value,
        claims.computed_value,
        claims.residual,
        claims.tolerance,
        claims.unit,
        claims.cells_checked,
        cast(case when claims.status = 'ok' then 0 else 1 end as bigint) as cells_deviating,
        claims.status,
        claims.explanation,
        claims.source_ref,
        claims.scope_da,
        claims.explanation_da,
        agreements.municipality_name
    from {{ ref('stg_jobmaal__claims') }} as claims
    left join {{ ref('stg_documents__agreements') }} as agreements
        on claims.document_id = agreements.document_id
),

series_claims as (
    select
        claim_id,
        table_id as document_id,
        claim_kind,
        scope,
        stated_value,
        computed_value,
        stated_value - computed_value as residual,
        tolerance,
        unit,
        cells_checked,
        cells_deviating,
        case when cells_deviating = 0 then 'ok' else 'deviates' end as status,
        cast(null as varchar) as explanation,
        source_ref,
        scope_da,
        cast(null as varchar) as explanation_da,
        cast(null as varchar) as municipality_name
    from {{ ref('int_series_claims') }}
),

final as (
    select * from claims
    union all
    select * from series_claims
)

select * from final
