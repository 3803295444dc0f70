with wholes as (
    select
        document_id,
        sum(amount_dkk) as whole
    from fct_budget
    group by 1
),

shares as (
    select
        document_id,
        sum(amount_dkk) as divided
    from rpt_jobcenter_year
    group by 1
)

select
    wholes.document_id,
    wholes.whole,
    shares.divided,
    -- Where no number can be read, there is nothing to divide.
    coalesce(wholes.whole, 0) - coalesce(shares.divided, 0) as lost
from wholes
left join shares on wholes.document_id = shares.document_id
