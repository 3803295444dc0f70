-- Dimensions have one row for what is unknown, units one more for the whole city.
with counted as (
    select
        'initiatives' as input_table,
        (select count(*) from raw.initiatives) as written,
        (select count(*) - 1 from dim_initiative) as arrived
    union all
    select
        'targets' as input_table,
        (select count(*) from raw.targets) as written,
        (select count(*) - 1 from dim_target) as arrived
    union all
    select
        'target_groups' as input_table,
        (select count(*) from raw.target_groups) as written,
        (select count(*) - 1 from dim_target_group) as arrived
    union all
    select
        'units' as input_table,
        (select count(*) from raw.units) as written,
        (select count(*) - 2 from dim_jobcenter) as arrived
    union all
    select
        'accounts' as input_table,
        (select count(*) from raw.accounts) as written,
        (select count(*) - 1 from dim_account) as arrived
    union all
    select
        'levels' as input_table,
        (select count(*) from raw.levels) as written,
        (
            select count(*) from fct_benchmark
            where table_id in (select d.document_id from raw.documents as d)
        ) as arrived
    union all
    select
        'figures' as input_table,
        (select count(*) from raw.read_figures) as written,
        (select count(*) from audit_lineage) as arrived
    union all
    select
        'claims' as input_table,
        (select count(*) from raw.worked_claims) as written,
        (
            select count(*) from audit_reconciliation
            where document_id in (select d.document_id from raw.documents as d)
        ) as arrived
)

select
    input_table,
    written,
    arrived,
    written - arrived as lost
from counted
