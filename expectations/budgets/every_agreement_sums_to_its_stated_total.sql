with published as (
    select
        s.document_id,
        s.year,
        s.stated,
        -- Levels that replace each other add up to no total; none is left over then.
        case
            when count(distinct b.year_key) filter (where b.is_level) <= 1 then sum(b.amount_dkk)
            when count(*) filter (where b.line_type = 'unitemised') = 0 then any_value(s.stated)
        end as published
    from stated_totals as s
    left join fct_budget as b
        on s.document_id = b.document_id and b.year_key between s.year and s.until_year
    where s.direction = 'in_all'
    group by all
)

select
    document_id,
    year,
    stated,
    published,
    stated - coalesce(published, 0) as residual
from published
