-- Money and planned numbers divided over units by the bridge's weights. What is booked on one unit stays there. The
-- parts add up to the whole exactly: each is cut off to the smallest step, and the steps left over go, one each, to
-- the parts that lost most. What an initiative has in a year is divided together, so that six parts of six million
-- are a million each, however many lines they come from.

with

money as (
    select
        document_id,
        initiative_no,
        year,
        'money' as kind,
        cast(null as varchar) as course_unit,
        amount_dkk * 100 as steps,
        value_to * 100 as steps_to,
        value_qualifier,
        unit_id,
        is_unit_named,
        price_factor
    from {{ ref('int_budget_rows') }}
    where amount_dkk is not null
),

planned as (
    select
        document_id,
        initiative_no,
        year,
        'courses' as kind,
        course_unit,
        planned_courses * 10000 as steps,
        value_to * 10000 as steps_to,
        value_qualifier,
        unit_id,
        false as is_unit_named,
        null as price_factor
    from {{ ref('int_course_rows') }}
    where planned_courses is not null
),

everything as (
    select * from money
    union all
    select * from planned
),

wholes as (
    select
        document_id,
        initiative_no,
        year,
        kind,
        course_unit,
        case when is_unit_named then unit_id end as named_unit_id,
        price_factor,
        {{ qualifier_of_sum('steps', 'value_qualifier') }} as value_qualifier,
        sum(steps) as steps,
        {{ upper_end_of_sum('steps', 'steps_to') }} as steps_to
    from everything
    group by all
),

-- The upper end of a range is divided in the same way as the lower one.
ends as (
    select * exclude (steps_to) from wholes
    union all
    select * exclude (steps_to) replace (kind || '_to' as kind, steps_to as steps) from wholes
    where steps_to is not null
),

weighed as (
    select
        ends.document_id,
        ends.initiative_no,
        ends.year,
        ends.kind,
        ends.course_unit,
        ends.named_unit_id,
        ends.price_factor,
        ends.value_qualifier,
        cast(ends.steps as hugeint) as steps,
        coalesce(ends.named_unit_id, units.unit_id) as unit_id,
        case
            when ends.named_unit_id is not null then 'stated'
            else coalesce(units.allocation_basis, 'none')
        end as allocation_basis,
        coalesce(units.weight, 1) as weight
    from ends
    left join {{ ref('int_initiative_units') }} as units
        on
            ends.document_id = units.document_id
            and ends.initiative_no = units.initiative_no
            and ends.named_unit_id is null
),

multiplied as (
    select
        *,
        cast(weight * 10000000000 as hugeint) * steps as fine_steps
    from weighed
),

-- Cut off downwards, also below zero, so that what is left over is never negative.
parts as (
    select
        *,
        (fine_steps % 10000000000 + 10000000000) % 10000000000 as lost,
        (fine_steps - (fine_steps % 10000000000 + 10000000000) % 10000000000) // 10000000000 as whole_steps
    from multiplied
),

shared as (
    select
        *,
        steps - sum(whole_steps) over whole as left_over,
        row_number() over (
            whole
            order by lost desc, unit_id asc
        ) as place
    from parts
    window whole as (
        partition by document_id, initiative_no, year, kind, course_unit, named_unit_id, price_factor
    )
),

final as (
    select
        document_id,
        initiative_no,
        year,
        kind,
        course_unit,
        unit_id,
        named_unit_id is not null as is_unit_named,
        allocation_basis,
        value_qualifier,
        price_factor,
        whole_steps + case when place <= left_over then 1 else 0 end as steps
    from shared
)

select * from final
