-- The claims that a table makes of itself and that deviate in its newest delivery, and did not in the one before.
with claims as (
    select
        document_id,
        claim_kind,
        scope,
        status,
        cells_checked,
        cells_deviating,
        row_number() over (
            partition by document_id, claim_kind
            order by scope desc
        ) as age
    from audit_reconciliation
    where claim_id like 'series:%' and scope like 'release retrieved %'
)

select
    newest.document_id,
    newest.claim_kind,
    newest.scope,
    newest.cells_deviating,
    newest.cells_checked
from claims as newest
inner join claims as before using (document_id, claim_kind)
where newest.age = 1 and before.age = 2 and newest.status = 'deviates' and before.status = 'ok'
order by all
