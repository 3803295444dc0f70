with agreements as (
    select
        document_id,
        'itemised' as line_type,
        itemised_dkk as amount
    from rpt_agreement
    union all
    select
        document_id,
        'unitemised' as line_type,
        unitemised_dkk as amount
    from rpt_agreement
    union all
    select
        document_id,
        'in all' as line_type,
        total_dkk as amount
    from rpt_agreement
),

facts as (
    select
        document_id,
        line_type,
        sum(amount_dkk) as amount
    from fct_budget
    group by all
    union all
    select
        document_id,
        'in all' as line_type,
        sum(amount_dkk) as amount
    from fct_budget
    group by all
)

select
    coalesce(f.document_id, a.document_id) as document_id,
    coalesce(f.line_type, a.line_type) as line_type,
    f.amount as amount_of_facts,
    a.amount as amount_of_agreement,
    -- An amount of 0 beside another kind of money is no row of the facts.
    coalesce(f.amount, 0) - coalesce(a.amount, 0) as lost
from facts as f
full outer join agreements as a on f.document_id = a.document_id and f.line_type = a.line_type
