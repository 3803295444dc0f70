-- The claims of the documents and those of the series, each with how it came out.

with

claims as (
    select
        claim_id,
        document_id,
        claim_kind,
        scope,
        stated_value,
        computed_value,
        residual,
        tolerance,
        unit,
        cells_checked,
        cast(case when status = 'ok' then 0 else 1 end as bigint) as cells_deviating,
        status,
        explanation,
        source_ref,
        scope_da,
        explanation_da
    from {{ ref('stg_jobmaal__claims') }}
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
        cast(null as varchar) as explanation_da
    from {{ ref('int_series_claims') }}
),

final as (
    select * from claims
    union all
    select * from series_claims
)

select * from final
