with referred as (
    -- The other rows are the documents' own statistics.
    select source_ref
    from fct_benchmark
    where table_id in (select m.table_id from raw.read_measures as m)
    union
    select source_ref
    from fct_benchmark_vintage
    union
    select actual_source_ref as source_ref
    from fct_target_attainment
    where actual_source = 'series'
)

select r.source_ref
from referred as r
left join audit_reply as a on r.source_ref = a.source_ref
where a.source_ref is null
