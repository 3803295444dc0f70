select
    f.source_ref,
    f.value,
    p.amount_dkk,
    (p.source_ref is not null and p.amount_dkk is not distinct from f.value) as is_same
from raw.budget_followups as b
inner join raw.read_figures as f on b._document_id || ':' || b.figure_id = f.source_ref
left join fct_budget_followup as p on f.source_ref = p.source_ref
where
    b.phase in ('supplementary', 'revised', 'forecast', 'spent')
    and b.line_name is not null
