"""Budgets: the published lines add up to what the documents state, in every direction that they state it.

The input's own arithmetic has been worked out before dbt ran; these checks work it out again on the
published rows, by other means, so that a line lost or doubled on the way shows.
"""

from expectations.expect import always
from expectations.runner import Check

# Each total that a document states, a row for each year that it comes again in.
_STATED = """
    stated as (
        select
            t._document_id as document_id, t.theme_name, t.line_name, t.account_id, f.value as stated, f.source_ref,
            t.basis, cast(t.year_to as bigint) as last_year,
            unnest(case
                when t.basis = 'yearly' then range(cast(t.year_from as bigint), cast(t.year_to as bigint) + 1)
                else [cast(t.year_from as bigint)]
            end) as year
        from raw.budget_totals as t
        inner join raw.read_figures as f on f.source_ref = t._document_id || ':' || t.figure_id
        -- What cannot be read cannot be summed either; the reviewed claim tells of it.
        where f.value is not null and {scope}
    )
"""

# Each total in the named scope, beside the published lines within it. What the list of known faults explains is taken
# off; anything left over is unexplained. A total without lines would compare as null: it is counted as zero, and shows.
_TOTALS = (
    f"""
    with {_STATED},
"""
    """
    listed as (
        select
            s.*,
            coalesce((
                select sum(b.amount_dkk)
                from fct_budget as b
                inner join dim_account as a using (account_key)
                where
                    b.document_id = s.document_id
                    and b.line_type = 'itemised'
                    and b.year_key between s.year and case when s.basis = 'yearly' then s.year else s.last_year end
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
        from stated as s
        where exists (
            select * from raw.budget_lines as l
            where
                l._document_id = s.document_id
                and cast(l.year_from as bigint) <= case when s.basis = 'yearly' then s.year else s.last_year end
                and cast(l.year_to as bigint) >= s.year
        )
        -- Levels that replace each other add up to no total, so that there is none to compare.
        and (
            select count(distinct b.year_key)
            from fct_budget as b
            inner join dim_account as a using (account_key)
            where
                b.document_id = s.document_id
                and b.is_level
                and b.year_key between s.year and case when s.basis = 'yearly' then s.year else s.last_year end
                and (s.theme_name is null or b.theme_name = s.theme_name)
                and (s.line_name is null or b.line_name in (s.line_name, s.line_name || ', øvrigt'))
                and (s.account_id is null or a.account_id = s.account_id)
        ) <= 1
    )
    select *, stated - listed - known_residual as unexplained from listed
"""
)


# The totals that the input's own arithmetic has compared with lines.
_CLAIMED = """
    raw.worked_claims as w inner join raw.budget_totals as t on w.source_ref = t._document_id || ':' || t.figure_id
    where regexp_matches(w.claim_id, ':lines(-[0-9]+)?$') and w.stated_value is not null and {scope}
"""
_GRAND = "coalesce(t.theme_name, t.line_name, t.account_id) is null"


def _adds_up(direction: str, scope: str) -> Check:
    return Check(
        name=f"budget_lines_add_up_{direction}",
        asset="fct_budget",
        sql=_TOTALS.format(scope=scope),
        expectations=always("unexplained", 0),
        needs=_CLAIMED.format(scope=scope),
    )


CHECKS = [
    _adds_up("by_line", "t.line_name is not null"),
    _adds_up("by_theme", "t.line_name is null and t.theme_name is not null and t.account_id is null"),
    _adds_up("by_account", "t.line_name is null and t.theme_name is null and t.account_id is not null"),
    _adds_up("by_theme_and_account", "t.line_name is null and t.theme_name is not null and t.account_id is not null"),
    _adds_up("in_all", _GRAND),
    Check(
        name="every_agreement_sums_to_its_stated_total",
        asset="fct_budget",
        sql=f"with {_STATED},".format(scope=_GRAND)
        + """
            published as (
                select
                    s.document_id,
                    s.year,
                    s.stated,
                    -- Levels that replace each other add up to no total; none is left over then.
                    case
                        when count(distinct b.year_key) filter (where b.is_level) <= 1 then sum(b.amount_dkk)
                        when count(*) filter (where b.line_type = 'unitemised') = 0 then any_value(s.stated)
                    end as published
                from stated as s
                left join fct_budget as b
                    on b.document_id = s.document_id
                    and b.year_key between s.year and case when s.basis = 'yearly' then s.year else s.last_year end
                group by all
            )
            select *, stated - coalesce(published, 0) as residual from published
        """,
        expectations=always("residual", 0),
        needs=f"""
            raw.budget_totals as t
            inner join raw.read_figures as f on f.source_ref = t._document_id || ':' || t.figure_id
            where f.value is not null and {_GRAND}
        """,
    ),
    Check(
        name="unitemised_budget_is_the_stated_total_minus_the_lines_once_a_year",
        asset="fct_budget",
        sql="""
            select document_id, year_key, count(*) as rows_found
            from fct_budget where line_type = 'unitemised' group by all
        """,
        expectations=always("rows_found", 1),
        needs="fct_budget where line_type = 'unitemised'",
    ),
    Check(
        name="every_listed_amount_is_published_once",
        asset="fct_budget",
        sql="""
            with published as (
                select source_ref, sum(amount_dkk) as amount, count(*) as rows_found
                from fct_budget where line_type = 'itemised' group by 1
            ),
            listed as (
                select
                    f.source_ref,
                    f.value * case
                        when l.basis = 'yearly' then cast(l.year_to as integer) - cast(l.year_from as integer) + 1
                        else 1
                    end as amount,
                    coalesce((
                        select sum(p.value * case
                            when part.basis = 'yearly'
                                then cast(part.year_to as integer) - cast(part.year_from as integer) + 1
                            else 1
                        end) from raw.budget_lines as part
                        inner join raw.read_figures as p on p.source_ref = part._document_id || ':' || part.figure_id
                        where part._document_id = l._document_id and part.part_of = l.figure_id
                    ), 0) as in_parts,
                    coalesce(l.is_split_complete, '') as is_split_complete
                from raw.budget_lines as l
                inner join raw.read_figures as f on f.source_ref = l._document_id || ':' || l.figure_id
            )
            select
                l.*,
                coalesce(p.amount, 0) as published,
                case
                    when l.is_split_complete = 'yes' then -coalesce(p.amount, 0)
                    -- What cannot be read is published without an amount.
                    when l.amount is null then if(p.rows_found > 0 and p.amount is null, 0, 1)
                    else l.amount - l.in_parts - coalesce(p.amount, 0)
                end as missing
            from listed as l left join published as p using (source_ref)
        """,
        expectations=always("missing", 0),
        needs="raw.budget_lines",
    ),
    Check(
        name="what_falls_to_the_units_adds_up_to_the_whole",
        asset="rpt_jobcenter_year",
        sql="""
            with wholes as (select document_id, sum(amount_dkk) as whole from fct_budget group by 1),
            shares as (select document_id, sum(amount_dkk) as divided from rpt_jobcenter_year group by 1)
            select *, whole - coalesce(divided, 0) as lost
            from wholes left join shares using (document_id)
        """,
        expectations=always("lost", 0),
        needs="fct_budget",
    ),
    Check(
        name="what_the_agreements_have_adds_up_to_the_money_of_the_facts",
        asset="rpt_agreement",
        sql="""
            with told as (
                select document_id, 'itemised' as line_type, itemised_dkk as amount from rpt_agreement
                union all
                select document_id, 'unitemised', unitemised_dkk from rpt_agreement
                union all
                select document_id, 'in all', total_dkk from rpt_agreement
            ),
            facts as (
                select document_id, coalesce(line_type, 'in all') as line_type, sum(amount_dkk) as amount
                from fct_budget group by grouping sets ((document_id, line_type), (document_id))
            )
            select
                *,
                -- An amount of 0 beside another kind of money is no row of the facts.
                coalesce(facts.amount, 0) - coalesce(told.amount, 0) as lost
            from facts full outer join told using (document_id, line_type)
        """,
        expectations=always("lost", 0),
        needs="raw.documents",
    ),
    Check(
        name="an_agreements_total_is_what_its_document_states_and_nothing_where_it_states_none",
        asset="rpt_agreement",
        sql=f"with {_STATED},".format(scope="coalesce(t.theme_name, t.line_name, t.account_id) is null")
        + """
            totals as (select document_id, sum(stated) as stated from stated group by 1),
            levels as (select distinct _document_id as document_id from raw.budget_lines where is_level = 'yes')
            select
                a.document_id, a.stated_total_dkk, t.stated, a.sum_of_lines_dkk, a.itemised_dkk,
                a.stated_total_dkk is not distinct from t.stated
                and a.sum_of_lines_dkk is not distinct from case when l.document_id is null then a.itemised_dkk end
                as agrees
            from rpt_agreement as a left join totals as t using (document_id) left join levels as l using (document_id)
        """,
        expectations=always("agrees", True),
    ),
    Check(
        name="money_and_courses_side_by_side_are_for_the_same_years",
        asset="rpt_agreement",
        sql="""
            with shown as (
                select
                    agreement_key,
                    unnest(case
                        when contains(shared_years, '-') then range(
                            cast(split_part(shared_years, '-', 1) as bigint),
                            cast(split_part(shared_years, '-', 2) as bigint) + 1
                        )
                        else [cast(year as bigint) for year in string_split(shared_years, ', ')]
                    end) as year_key
                from rpt_agreement where shared_years is not null
            ),
            counted as (
                select
                    s.agreement_key,
                    sum((
                        select sum(b.amount_dkk) from fct_budget as b
                        where b.agreement_key = s.agreement_key and b.year_key = s.year_key
                        and b.year_to in (
                            select last.year_key from shown as last where last.agreement_key = s.agreement_key
                        )
                    )) as money,
                    sum((
                        select sum(c.planned_courses) from fct_courses as c
                        where c.agreement_key = s.agreement_key and c.year_key = s.year_key and c.course_unit = 'forløb'
                        and c.year_to in (
                            select last.year_key from shown as last where last.agreement_key = s.agreement_key
                        )
                    )) as courses
                from shown as s group by all
            )
            select
                a.document_id, a.shared_years, a.shared_years_dkk, c.money, a.shared_years_courses, c.courses,
                a.shared_years_dkk is not distinct from c.money
                and a.shared_years_courses is not distinct from c.courses as agrees
            from rpt_agreement as a left join counted as c using (agreement_key)
        """,
        expectations=always("agrees", True),
    ),
    Check(
        name="the_weights_of_an_initiative_sum_to_one",
        asset="bridge_initiative_unit",
        sql="""
            select initiative_key, cast(sum(weight) as double) as total from bridge_initiative_unit group by 1
        """,
        expectations=always("total", 1.0),
        needs="raw.initiative_units",
    ),
]
