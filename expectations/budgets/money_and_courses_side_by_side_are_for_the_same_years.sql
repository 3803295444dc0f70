with shown as (
    select
        agreement_key,
        unnest(case
            when contains(shared_years, '-')
                then range(
                    cast(split_part(shared_years, '-', 1) as bigint),
                    cast(split_part(shared_years, '-', 2) as bigint) + 1
                )
            else cast(string_split(shared_years, ', ') as bigint [])
        end) as year_key
    from rpt_agreement
    where shared_years is not null
),

numbers as (
    select
        agreement_key,
        year_key,
        -- Money that goes on stands once in each year.
        coalesce(year_to, year_key) as year_to,
        amount_dkk as amount,
        null as courses
    from fct_budget
    union all
    select
        agreement_key,
        year_key,
        year_to,
        null as amount,
        planned_courses as courses
    from fct_courses
    where course_unit = 'forløb'
),

-- A number for several years is shown where all of them are.
summed as (
    select
        n.agreement_key,
        sum(n.amount) as amount,
        sum(n.courses) as courses
    from numbers as n
    where
        n.year_to - n.year_key + 1 = (
            select count(*) from shown as s
            where s.agreement_key = n.agreement_key and s.year_key between n.year_key and n.year_to
        )
    group by n.agreement_key
)

select
    a.document_id,
    a.shared_years,
    a.shared_years_dkk,
    s.amount,
    a.shared_years_courses,
    s.courses,
    (
        a.shared_years_dkk is not distinct from s.amount
        and a.shared_years_courses is not distinct from s.courses
    ) as agrees
from rpt_agreement as a
left join summed as s on a.agreement_key = s.agreement_key
