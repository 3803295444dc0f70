-- Money and planned numbers divided over units by the bridge's weights. What is booked on one unit stays there. The
-- parts add up to the whole exactly: each is cut off to the smallest step, and the steps left over go, one each, to
-- the parts that lost most.

with

money as (
    select
        source_ref,
        document_id,
        initiative_no,
        year,
        'money' as kind,
        cast(null as varchar) as course_unit,
        amount_dkk * 100 as steps,
        unit_id,
        is_unit_named
    from {{ ref('int_budget_rows') }}
    where amount_dkk is not null
),

planned as (
    select
        source_ref,
        document_id,
        initiative_no,
        year,
        'courses' as kind,
        course_unit,
        planned_courses * 10000 as steps,
        unit_id,
        false as is_unit_named
    from {{ ref('int_course_rows') }}
    where planned_courses is not null
),

wholes as (
    select * from money
    union all
    select * from planned
),

weighed as (
    select
        wholes.source_ref,
        wholes.document_id,
        wholes.initiative_no,
        wholes.year,
        wholes.kind,
        wholes.course_unit,
        cast(wholes.steps as hugeint) as steps,
        case when wholes.is_unit_named then wholes.unit_id else units.unit_id end as unit_id,
        case
            when wholes.is_unit_named then 'stated'
            else coalesce(units.allocation_basis, 'none')
        end as allocation_basis,
        case when wholes.is_unit_named then 1 else coalesce(units.weight, 1) end as weight
    from wholes
    left join {{ ref('int_initiative_units') }} as units
        on
            wholes.document_id = units.document_id
            and wholes.initiative_no = units.initiative_no
            and not wholes.is_unit_named
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
        steps - sum(whole_steps) over (partition by source_ref, year, kind) as left_over,
        row_number() over (
            partition by source_ref, year, kind
            order by lost desc, unit_id asc
        ) as place
    from parts
),

final as (
    select
        source_ref,
        document_id,
        initiative_no,
        year,
        kind,
        course_unit,
        unit_id,
        allocation_basis,
        whole_steps + case when place <= left_over then 1 else 0 end as steps
    from shared
)

select * from final
