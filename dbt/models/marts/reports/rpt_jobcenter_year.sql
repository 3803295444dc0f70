with

shares as (
    select * from {{ ref('int_unit_shares') }}
),

-- An initiative's money goes with the unit of counting that describes it, so that each krone stands in one row.
units_of_counting as (
    select
        document_id,
        initiative_no,
        course_unit
    from {{ ref('int_initiative_volumes') }}
),

labelled as (
    select
        shares.document_id,
        coalesce(shares.initiative_no, '') as initiative_no,
        coalesce(shares.unit_id, '') as unit_id,
        coalesce(shares.year, -1) as year_key,
        coalesce(shares.course_unit, units_of_counting.course_unit, '') as course_unit,
        shares.allocation_basis,
        shares.value_qualifier,
        shares.price_factor,
        shares.kind = 'money' as is_money,
        shares.kind = 'courses' as is_courses,
        case when shares.kind = 'money' then shares.steps end as money_steps,
        case when shares.kind = 'courses' then shares.steps end as course_steps,
        case when shares.kind = 'money_to' then shares.steps end as money_to_steps,
        case when shares.kind = 'courses_to' then shares.steps end as course_to_steps
    from shares
    left join units_of_counting
        on
            shares.document_id = units_of_counting.document_id
            and shares.initiative_no = units_of_counting.initiative_no
),

summed as (
    select
        document_id,
        nullif(initiative_no, '') as initiative_no,
        nullif(unit_id, '') as unit_id,
        year_key,
        nullif(course_unit, '') as course_unit,
        -- A row that holds both what is stated and what was divided evenly is marked by the weaker of the two.
        min(allocation_basis) as allocation_basis,
        cast(cast(sum(money_steps) as decimal(28, 2)) / 100 as decimal(18, 2)) as amount_dkk,
        {{ sum_in_constant_prices('cast(money_steps as decimal(18, 2))', 'price_factor') }} as amount_constant,
        {{ sum_in_constant_prices('cast(money_to_steps as decimal(18, 2))', 'price_factor') }} as amount_to_constant,
        cast(cast(sum(course_steps) as decimal(28, 4)) / 10000 as decimal(18, 4)) as planned_courses,
        {{ qualifier_of_sum('money_steps', 'value_qualifier', among='is_money') }} as amount_qualifier,
        cast(cast(sum(money_to_steps) as decimal(28, 2)) / 100 as decimal(18, 2)) as amount_to_dkk,
        {{ qualifier_of_sum('course_steps', 'value_qualifier', among='is_courses') }} as planned_courses_qualifier,
        cast(cast(sum(course_to_steps) as decimal(28, 4)) / 10000 as decimal(18, 4)) as planned_courses_to
    from labelled
    group by document_id, initiative_no, unit_id, year_key, course_unit
),

final as (
    select
        {{ surrogate_key(['summed.unit_id']) }} as jobcenter_key,
        jobcenters.jobcenter_name,
        summed.year_key,
        {{ surrogate_key(['summed.document_id', 'summed.initiative_no']) }} as initiative_key,
        summed.document_id,
        initiatives.initiative_no,
        initiatives.initiative_name,
        coalesce(summed.course_unit, 'Ikke oplyst') as course_unit,
        summed.planned_courses,
        summed.amount_dkk,
        summed.allocation_basis,
        summed.amount_qualifier,
        summed.amount_to_dkk,
        summed.planned_courses_qualifier,
        summed.planned_courses_to,
        units.role as unit_role,
        units.role_name as unit_role_name,
        agreements.municipality_name,
        cast(summed.amount_constant / 100 as decimal(18, 2)) as amount_dkk_constant_dkk,
        cast(summed.amount_to_constant / 100 as decimal(18, 2)) as amount_to_dkk_constant_dkk,
        {{ price_base() }}
    from summed
    inner join {{ ref('dim_jobcenter') }} as jobcenters
        on {{ surrogate_key(['summed.unit_id']) }} = jobcenters.jobcenter_key
    inner join {{ ref('dim_agreement') }} as agreements
        on summed.document_id = agreements.document_id
    inner join {{ ref('dim_initiative') }} as initiatives
        on {{ surrogate_key(['summed.document_id', 'summed.initiative_no']) }} = initiatives.initiative_key
    left join {{ ref('bridge_initiative_unit') }} as units
        on
            initiatives.initiative_key = units.initiative_key
            and jobcenters.jobcenter_key = units.jobcenter_key
)

select * from final
order by jobcenter_key, year_key, initiative_key, document_id, course_unit
