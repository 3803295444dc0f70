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
        wholes.* exclude (unit_id, is_unit_named),
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

parts as (
    select
        * exclude (steps, weight),
        cast(steps as hugeint) as steps,
        cast(weight * 10000000000 as hugeint) as weight,
        cast(steps as hugeint) * cast(weight * 10000000000 as hugeint) // 10000000000 as whole_steps,
        cast(steps as hugeint) * cast(weight * 10000000000 as hugeint) % 10000000000 as lost
    from weighed
),

shared as (
    select
        *,
        steps - sum(whole_steps) over source as left_over,
        row_number() over (source order by lost desc, unit_id) as place
    from parts
    window source as (partition by source_ref, year, kind)
),

final as (
    select
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
