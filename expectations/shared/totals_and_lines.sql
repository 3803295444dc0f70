-- Each stated total that has lines, beside the published lines within it. What the list of known faults explains is
-- subtracted; anything left over is unexplained. A total without published lines would compare as null: it is counted
-- as zero, so that it shows.
with listed as (
    select
        s.*,
        coalesce((
            select sum(b.amount_dkk)
            from fct_budget as b
            inner join dim_account as a on b.account_key = a.account_key
            where
                b.document_id = s.document_id
                and b.line_type = 'itemised'
                and b.year_key between s.year and s.until_year
                and (s.theme_name is null or b.theme_name = s.theme_name)
                and (
                    s.line_name is null
                    or b.line_name in (s.line_name, s.line_name || ', øvrigt')
                    or b.source_ref in (
                        select part._document_id || ':' || part.figure_id
                        from raw.budget_lines as part
                        inner join raw.budget_lines as whole
                            on part._document_id = whole._document_id and part.part_of = whole.figure_id
                        where whole._document_id = s.document_id and whole.line_name = s.line_name
                    )
                )
                and (s.account_id is null or a.account_id = s.account_id)
        ), 0) as listed,
        coalesce((
            select r.residual
            from audit_reconciliation as r
            where
                r.claim_id = s.source_ref || ':lines' || case when s.basis = 'yearly' then '-' || s.year else '' end
                and r.status in ('known', 'ambiguous')
        ), 0) as known_residual
    from stated_totals as s
    where
        exists (
            select l.figure_id from raw.budget_lines as l
            where
                l._document_id = s.document_id
                and cast(l.year_from as bigint) <= s.until_year
                -- An amount for several years counts in the first of them.
                and cast(case when l.basis = 'yearly' then l.year_to else l.year_from end as bigint) >= s.year
        )
        -- Levels that replace each other add up to no total, so there is none to compare.
        and (
            select count(distinct b.year_key)
            from fct_budget as b
            inner join dim_account as a on b.account_key = a.account_key
            where
                b.document_id = s.document_id
                and b.is_level
                and b.year_key between s.year and s.until_year
                and (s.theme_name is null or b.theme_name = s.theme_name)
                and (s.line_name is null or b.line_name in (s.line_name, s.line_name || ', øvrigt'))
                and (s.account_id is null or a.account_id = s.account_id)
        ) <= 1
)

select
    source_ref,
    document_id,
    theme_name,
    line_name,
    account_id,
    year,
    direction,
    stated,
    listed,
    known_residual,
    stated - listed - known_residual as unexplained
from listed
