-- Each total that a document states, with one row for each year in which it recurs.
with by_year as (
    select
        t._document_id as document_id,
        t.theme_name,
        t.line_name,
        t.account_id,
        t.direction,
        f.value as stated,
        f.source_ref,
        t.basis,
        cast(t.year_to as bigint) as last_year,
        unnest(case
            when t.basis = 'yearly' then range(cast(t.year_from as bigint), cast(t.year_to as bigint) + 1)
            else [cast(t.year_from as bigint)]
        end) as year
    from budget_totals as t
    inner join raw.read_figures as f on t._document_id || ':' || t.figure_id = f.source_ref
    -- What cannot be read cannot be summed either; the reviewed claim describes it.
    where f.value is not null
)

select
    source_ref,
    document_id,
    theme_name,
    line_name,
    account_id,
    basis,
    year,
    stated,
    case when basis = 'yearly' then year else last_year end as until_year,
    direction
from by_year
