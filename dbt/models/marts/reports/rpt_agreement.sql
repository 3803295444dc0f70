with

agreements as (
    select * from {{ ref('dim_agreement') }}
),

-- Which initiatives have a price is decided in int_initiative_costs; here their money and courses are put together.
priced as (
    select
        document_id,
        planned_courses,
        budget_dkk,
        budget_constant_dkk,
        cost_finding_claim_ids,
        course_years,
        cost_per_course_dkk is not null and course_unit = 'forløb' as is_costed
    from {{ ref('int_initiative_costs') }}
),

initiatives as (
    select
        document_id,
        count(*) as initiatives,
        count(*) filter (where is_costed) as costed_initiatives,
        cast(sum(planned_courses) filter (where is_costed) as decimal(18, 4)) as costed_courses,
        cast(sum(budget_dkk) filter (where is_costed) as decimal(18, 2)) as costed_dkk,
        case
            when count(budget_constant_dkk) filter (where is_costed) = count(*) filter (where is_costed)
                then cast(sum(budget_constant_dkk) filter (where is_costed) as decimal(18, 2))
        end as costed_constant_dkk,
        {{ years_in_words('case when is_costed then cast(course_years as integer) end') }} as costed_years,
        count(*) filter (where is_costed and cost_finding_claim_ids is not null) as costed_initiatives_with_finding
    from priced
    group by document_id
),

money as (
    select
        agreement_key,
        coalesce(sum(amount_dkk) filter (where line_type = 'itemised'), 0) as itemised_dkk,
        coalesce(sum(amount_dkk) filter (where line_type = 'unitemised'), 0) as unitemised_dkk,
        sum(amount_dkk) as total_dkk,
        {{ qualifier_of_sum('amount_dkk', 'value_qualifier', among="line_type = 'itemised'") }} as lines_qualifier,
        -- Levels that replace each other from year to year add up to nothing that anybody set aside.
        bool_or(is_level) as has_levels
    from {{ ref('fct_budget') }}
    group by agreement_key
),

years as (
    select * from {{ ref('int_agreement_years') }}
),

courses as (
    select
        agreement_key,
        sum(planned_courses) as planned_courses,
        {{ qualifier_of_sum('planned_courses', 'value_qualifier') }} as planned_courses_qualifier,
        {{ upper_end_of_sum('planned_courses', 'value_to') }} as planned_courses_to
    from {{ ref('fct_courses') }}
    where course_unit = 'forløb'
    group by agreement_key
),

targets as (
    select
        agreement_key,
        {{ targets_by_status() }}
    from {{ ref('fct_target_attainment') }}
    where
        is_latest
        and is_current
    group by agreement_key
),

claims as (
    select
        document_id,
        count(*) as claims,
        count(*) filter (where status = 'ok') as claims_ok,
        count(*) filter (where status = 'known') as claims_known,
        count(*) filter (where status = 'ambiguous') as claims_ambiguous
    from {{ ref('audit_reconciliation') }}
    group by document_id
),

final as (
    select
        agreements.agreement_key,
        agreements.document_id,
        agreements.agreement_name,
        agreements.status as agreement_status,
        agreements.dated,
        agreements.year_from,
        agreements.year_to,
        coalesce(initiatives.initiatives, 0) as initiatives,
        cast(money.itemised_dkk as decimal(18, 2)) as itemised_dkk,
        cast(money.unitemised_dkk as decimal(18, 2)) as unitemised_dkk,
        cast(money.total_dkk as decimal(18, 2)) as total_dkk,
        cast(courses.planned_courses as decimal(18, 4)) as planned_courses,
        coalesce(initiatives.costed_initiatives, 0) as costed_initiatives,
        initiatives.costed_courses,
        initiatives.costed_dkk,
        -- The money of all of them over the courses of all of them: not the mean of their prices.
        cast(initiatives.costed_dkk / nullif(initiatives.costed_courses, 0) as decimal(18, 2)) as cost_per_course_dkk,
        cast(
            initiatives.costed_courses * 1000000 / nullif(initiatives.costed_dkk, 0)
            as decimal(18, 4)
        ) as courses_per_million_kroner,
        coalesce(targets.targets, 0) as targets,
        coalesce(targets.targets_met, 0) as targets_met,
        coalesce(targets.targets_not_met, 0) as targets_not_met,
        coalesce(targets.targets_not_measured, 0) as targets_not_measured,
        coalesce(targets.targets_not_set, 0) as targets_not_set,
        coalesce(claims.claims, 0) as claims,
        coalesce(claims.claims_ok, 0) as claims_ok,
        coalesce(claims.claims_known, 0) as claims_known,
        years.stated_total_dkk,
        years.stated_total_qualifier,
        cast(case when not money.has_levels then money.itemised_dkk end as decimal(18, 2)) as sum_of_lines_dkk,
        case when not money.has_levels then money.lines_qualifier end as sum_of_lines_qualifier,
        years.money_years,
        years.course_years,
        years.shared_years,
        years.shared_years_dkk,
        years.shared_years_dkk_qualifier,
        years.shared_years_courses,
        years.shared_years_courses_qualifier,
        courses.planned_courses_qualifier,
        cast(courses.planned_courses_to as decimal(18, 4)) as planned_courses_to,
        initiatives.costed_years,
        coalesce(initiatives.costed_initiatives_with_finding, 0) as costed_initiatives_with_finding,
        coalesce(claims.claims_ambiguous, 0) as claims_ambiguous,
        agreements.municipality_name,
        years.itemised_constant_dkk as itemised_dkk_constant_dkk,
        years.unitemised_constant_dkk as unitemised_dkk_constant_dkk,
        years.total_constant_dkk as total_dkk_constant_dkk,
        initiatives.costed_constant_dkk as costed_dkk_constant_dkk,
        cast(
            initiatives.costed_constant_dkk / nullif(initiatives.costed_courses, 0) as decimal(18, 2)
        ) as cost_per_course_dkk_constant_dkk,
        years.stated_total_constant_dkk as stated_total_dkk_constant_dkk,
        case when not money.has_levels then years.itemised_constant_dkk end as sum_of_lines_dkk_constant_dkk,
        years.shared_years_constant_dkk as shared_years_dkk_constant_dkk,
        {{ price_base() }}
    from agreements
    left join initiatives
        on agreements.document_id = initiatives.document_id
    left join money
        on agreements.agreement_key = money.agreement_key
    left join years
        on agreements.document_id = years.document_id
    left join courses
        on agreements.agreement_key = courses.agreement_key
    left join targets
        on agreements.agreement_key = targets.agreement_key
    left join claims
        on agreements.document_id = claims.document_id
    where agreements.agreement_key != -1
)

select * from final
order by agreement_key
