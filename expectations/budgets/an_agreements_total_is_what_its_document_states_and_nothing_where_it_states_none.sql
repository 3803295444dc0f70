with totals as (
    select
        document_id,
        sum(stated) as stated
    from stated_totals
    where direction = 'in_all'
    group by 1
),

levels as (
    select distinct _document_id as document_id from raw.budget_lines
    where is_level = 'yes'
)

select
    a.document_id,
    a.stated_total_dkk,
    t.stated,
    a.sum_of_lines_dkk,
    a.itemised_dkk,
    (
        a.stated_total_dkk is not distinct from t.stated
        and a.sum_of_lines_dkk is not distinct from case when l.document_id is null then a.itemised_dkk end
    ) as agrees
from rpt_agreement as a
left join totals as t on a.document_id = t.document_id
left join levels as l on a.document_id = l.document_id
