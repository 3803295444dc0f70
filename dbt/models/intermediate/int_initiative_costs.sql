-- What each initiative may cost, beside its volumes, and what a course of it costs.

with

-- Levels that replace each other from year to year add up to nothing that anybody set aside.
money as (
    select
        document_id,
        initiative_no,
        cast(sum(cast(amount_dkk as decimal(18, 2))) as decimal(18, 2)) as budget_dkk,
        {{ qualifier_of_sum('amount_dkk', 'value_qualifier') }} as budget_qualifier,
        cast({{ upper_end_of_sum('amount_dkk', 'value_to') }} as decimal(18, 2)) as budget_to_dkk,
        {{ sum_in_constant_prices('amount_dkk', 'price_factor') }} as budget_constant_dkk,
        case
            when count(value_to) > 0
                then {{ sum_in_constant_prices('coalesce(value_to, amount_dkk)', 'price_factor') }}
        end as budget_to_constant_dkk
    from {{ ref('int_budget_rows') }}
    group by document_id, initiative_no
    having count(distinct coalesce(year, -1)) filter (where is_level) <= 1
),

-- Only where the money and the courses are for the same one year, and the money buys one kind of thing alone, is the
-- quotient a price.
priced as (
    select
        volumes.*,
        money.budget_dkk,
        money.budget_qualifier,
        money.budget_to_dkk,
        money.budget_constant_dkk,
        money.budget_to_constant_dkk,
        cast(
            case
                when volumes.is_one_year and volumes.is_one_unit
                    then money.budget_dkk / nullif(volumes.planned_courses, 0)
            end as decimal(18, 2)
        ) as cost_per_course_dkk
    from {{ ref('int_initiative_volumes') }} as volumes
    left join money
        on
            volumes.document_id = money.document_id
            and volumes.initiative_no = money.initiative_no
),

final as (
    select
        document_id,
        initiative_no,
        course_unit,
        planned_courses,
        planned_courses_qualifier,
        planned_courses_to,
        course_years,
        other_volumes,
        actual_courses,
        actual_amount_dkk,
        budget_dkk,
        budget_qualifier,
        budget_to_dkk,
        cost_per_course_dkk,
        case
            when cost_per_course_dkk is not null
                then {{ qualifier_of_quotient('budget_qualifier', 'planned_courses_qualifier') }}
        end as cost_per_course_qualifier,
        case when cost_per_course_dkk is not null then finding_claim_ids end as cost_finding_claim_ids,
        budget_constant_dkk,
        budget_to_constant_dkk,
        cast(
            case when cost_per_course_dkk is not null then budget_constant_dkk / planned_courses end as decimal(18, 2)
        ) as cost_per_course_constant_dkk,
        actual_amount_constant_dkk
    from priced
)

select * from final
