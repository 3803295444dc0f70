with priced as (
    select
        initiative_key,
        document_id
    from rpt_initiative
    where cost_per_course_dkk is not null and course_unit = 'forløb'
),

money as (
    select
        p.document_id,
        sum(b.amount_dkk) as amount
    from priced as p
    inner join fct_budget as b on p.initiative_key = b.initiative_key
    group by 1
),

courses as (
    select
        p.document_id,
        sum(c.planned_courses) as courses
    from priced as p
    inner join fct_courses as c on p.initiative_key = c.initiative_key
    where c.course_unit = 'forløb'
    group by 1
)

select
    a.document_id,
    m.amount,
    c.courses,
    a.costed_dkk,
    a.costed_courses,
    a.cost_per_course_dkk,
    a.courses_per_million_kroner,
    (
        a.costed_dkk is not distinct from m.amount
        and a.costed_courses is not distinct from c.courses
        and coalesce(
            case
                when m.amount is null then coalesce(a.cost_per_course_dkk, a.courses_per_million_kroner) is null
                when m.amount = 0 then a.cost_per_course_dkk = 0 and a.courses_per_million_kroner is null
                -- Multiplied back, each is off by no more than half of its last digit allows.
                else
                    abs(a.cost_per_course_dkk * c.courses - m.amount) <= 0.005 * c.courses
                    and abs(a.courses_per_million_kroner * m.amount - c.courses * 1000000) <= 0.00005 * abs(m.amount)
            end,
            false
        )
    ) as agrees
from rpt_agreement as a
left join money as m on a.document_id = m.document_id
left join courses as c on a.document_id = c.document_id
