-- What each initiative plans and what came of it. Units of counting never add: courses (forløb) where there are any,
-- else the one unit that the document counts in; what is counted in other units is in words.

with

planned as (
    select * from {{ ref('int_course_rows') }}
),

planned_once as (
    select distinct
        document_id,
        figure_id,
        source_ref,
        initiative_no,
        course_unit
    from planned
),

by_unit as (
    select
        document_id,
        initiative_no,
        course_unit,
        cast(sum(planned_courses) as decimal(18, 4)) as planned_courses,
        {{ qualifier_of_sum('planned_courses', 'value_qualifier') }} as planned_courses_qualifier,
        cast({{ upper_end_of_sum('planned_courses', 'value_to') }} as decimal(18, 4)) as planned_courses_to,
        min(year) as year_from,
        max(year_to) as year_to,
        bool_and(year is not null) as has_years
    from planned
    where initiative_no is not null
    group by document_id, initiative_no, course_unit
),

ranked as (
    select
        *,
        row_number() over (
            partition by document_id, initiative_no
            order by course_unit = 'forløb' desc, planned_courses desc, course_unit asc
        ) as place
    from by_unit
),

described as (
    select
        document_id,
        initiative_no,
        max(course_unit) filter (where place = 1) as course_unit,
        max(planned_courses) filter (where place = 1) as planned_courses,
        max(planned_courses_qualifier) filter (where place = 1) as planned_courses_qualifier,
        max(planned_courses_to) filter (where place = 1) as planned_courses_to,
        count(*) = 1 as is_one_unit,
        max(year_from) filter (where place = 1) as year_from,
        max(year_to) filter (where place = 1) as year_to,
        bool_and(has_years) filter (where place = 1) as has_years,
        string_agg(
            {{ number_in_words('planned_courses', 'planned_courses_qualifier', 'planned_courses_to') }}
            || ' ' || course_unit, ', '
            order by course_unit
        ) filter (where place > 1) as other_volumes
    from ranked
    group by document_id, initiative_no
),

money_years as (
    select
        document_id,
        initiative_no,
        min(year) as year_from,
        max(year_to) as year_to,
        bool_and(year is not null and is_open_ended is not true) as has_years
    from {{ ref('int_budget_rows') }}
    where initiative_no is not null
    group by document_id, initiative_no
),

held as (
    select
        courses.document_id,
        courses.initiative_no,
        courses.course_unit,
        cast(sum(actuals.value) as decimal(18, 4)) as actual_courses
    from {{ ref('int_actuals') }} as actuals
    inner join planned_once as courses
        on actuals.planned_source_ref = courses.source_ref
    where actuals.is_courses
    group by courses.document_id, courses.initiative_no, courses.course_unit
),

spent as (
    select
        budget_lines.document_id,
        budget_lines.initiative_no,
        cast(sum(actuals.value) as decimal(18, 2)) as actual_amount_dkk,
        {{ sum_in_constant_prices('actuals.value', 'prices.price_factor') }} as actual_amount_constant_dkk
    from {{ ref('int_actuals') }} as actuals
    inner join {{ ref('stg_documents__budget_lines') }} as budget_lines
        on actuals.planned_source_ref = budget_lines.source_ref
    left join {{ ref('int_price_factors') }} as prices
        on extract(year from actuals.period_end) = prices.year
    where not actuals.is_courses
    group by budget_lines.document_id, budget_lines.initiative_no
),

own_figures as (
    select
        document_id,
        initiative_no,
        source_ref
    from {{ ref('stg_documents__budget_lines') }}
    union all
    select
        document_id,
        initiative_no,
        source_ref
    from planned_once
),

disputed as (
    select
        own_figures.document_id,
        own_figures.initiative_no,
        string_agg(
            distinct disputes.claim_id, ', '
            order by disputes.claim_id
        ) as claim_ids
    from own_figures
    inner join {{ ref('int_disputed_figures') }} as disputes
        on own_figures.source_ref = disputes.source_ref
    group by own_figures.document_id, own_figures.initiative_no
),

final as (
    select
        initiatives.document_id,
        initiatives.initiative_no,
        described.course_unit,
        described.planned_courses,
        described.planned_courses_qualifier,
        described.planned_courses_to,
        case
            when described.year_from < described.year_to
                then cast(described.year_from as varchar) || '-' || cast(described.year_to as varchar)
            else cast(described.year_from as varchar)
        end as course_years,
        described.other_volumes,
        coalesce(
            described.has_years
            and money_years.has_years
            and described.year_from = described.year_to
            and money_years.year_from = described.year_from
            and money_years.year_to = described.year_to,
            false
        ) as is_one_year,
        coalesce(described.is_one_unit, false) as is_one_unit,
        disputed.claim_ids as finding_claim_ids,
        held.actual_courses,
        spent.actual_amount_dkk,
        spent.actual_amount_constant_dkk
    from {{ ref('int_initiatives') }} as initiatives
    left join described
        on
            initiatives.document_id = described.document_id
            and initiatives.initiative_no = described.initiative_no
    left join money_years
        on
            initiatives.document_id = money_years.document_id
            and initiatives.initiative_no = money_years.initiative_no
    left join disputed
        on
            initiatives.document_id = disputed.document_id
            and initiatives.initiative_no = disputed.initiative_no
    left join held
        on
            initiatives.document_id = held.document_id
            and initiatives.initiative_no = held.initiative_no
            and described.course_unit = held.course_unit
    left join spent
        on
            initiatives.document_id = spent.document_id
            and initiatives.initiative_no = spent.initiative_no
)

select * from final
