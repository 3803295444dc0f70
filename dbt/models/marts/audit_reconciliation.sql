with

claims as (
    select * from {{ ref('stg_jobmaal__claims') }}
),

final as (
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
        source_ref
    from claims
)

select * from final
order by claim_id
