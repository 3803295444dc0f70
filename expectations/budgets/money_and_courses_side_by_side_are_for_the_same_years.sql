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

money as (
    select
        b.agreement_key,
        sum(b.amount_dkk) as amount
    from fct_budget as b
    inner join shown as s on b.agreement_key = s.agreement_key and b.year_key = s.year_key
    inner join shown as final_years on b.agreement_key = final_years.agreement_key and b.year_to = final_years.year_key
    group by 1
),

courses as (
    select
        c.agreement_key,
        sum(c.planned_courses) as courses
    from fct_courses as c
    inner join shown as s on c.agreement_key = s.agreement_key and c.year_key = s.year_key
    inner join shown as final_years on c.agreement_key = final_years.agreement_key and c.year_to = final_years.year_key
    where c.course_unit = 'forløb'
    group by 1
)

select
    a.document_id,
    a.shared_years,
    a.shared_years_dkk,
    m.amount,
    a.shared_years_courses,
    c.courses,
    (
        a.shared_years_dkk is not distinct from m.amount
        and a.shared_years_courses is not distinct from c.courses
    ) as agrees
from rpt_agreement as a
left join money as m on a.agreement_key = m.agreement_key
left join courses as c on a.agreement_key = c.agreement_key
