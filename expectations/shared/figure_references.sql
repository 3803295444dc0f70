-- Every reference of a public table to a figure of a document.
select
    'fct_budget' as table_name,
    source_ref
from fct_budget
union all
select
    'fct_budget' as table_name,
    counted_in_source_ref as source_ref
from fct_budget
where counted_in_source_ref is not null
union all
select
    'fct_budget_followup' as table_name,
    source_ref
from fct_budget_followup
union all
select
    'fct_budget_followup' as table_name,
    budget_source_ref as source_ref
from fct_budget_followup
where budget_source_ref is not null
union all
select
    'fct_courses' as table_name,
    source_ref
from fct_courses
union all
select
    'fct_target_attainment' as table_name,
    source_ref
from fct_target_attainment
union all
select
    'fct_target_attainment' as table_name,
    actual_source_ref as source_ref
from fct_target_attainment
where actual_source = 'document'
union all
select
    'fct_benchmark' as table_name,
    source_ref
from fct_benchmark
where table_id in (select d.document_id from raw.documents as d)
union all
select
    'dim_target' as table_name,
    source_ref
from dim_target
where target_key != -1
union all
select
    'dim_target_group' as table_name,
    source_ref
from dim_target_group
where source_ref is not null
union all
select
    'audit_reconciliation' as table_name,
    source_ref
from audit_reconciliation
where document_id in (select d.document_id from raw.documents as d)
