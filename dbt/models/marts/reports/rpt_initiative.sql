with

initiatives as (
    select * from {{ ref('dim_initiative') }}
),

agreements as (
    select * from {{ ref('dim_agreement') }}
),

target_groups as (
    select * from {{ ref('dim_target_group') }}
),

units as (
    select
        bridge.initiative_key,
        {{ units_of('responsible') }} as responsible_units,
        {{ units_of('involved') }} as involved_units,
        {{ units_of('possible') }} as possible_units
    from {{ ref('bridge_initiative_unit') }} as bridge
    inner join {{ ref('dim_jobcenter') }} as jobcenters
        on bridge.jobcenter_key = jobcenters.jobcenter_key
    group by bridge.initiative_key
),

volumes as (
    select * from {{ ref('int_initiative_volumes') }}
),

-- Levels that replace each other from year to year add up to nothing that anybody set aside.
money as (
    select
        initiative_key,
        cast(sum(amount_dkk) as decimal(18, 2)) as budget_dkk,
        {{ qualifier_of_sum('amount_dkk', 'value_qualifier') }} as budget_qualifier,
        cast({{ upper_end_of_sum('amount_dkk', 'value_to') }} as decimal(18, 2)) as budget_to_dkk
    from {{ ref('fct_budget') }}
    group by initiative_key
    having count(distinct year_key) filter (where is_level) <= 1
),

targets as (
    select
        initiative_key,
        {{ targets_by_status() }}
    from {{ ref('fct_target_attainment') }}
    where
        is_latest
        and is_current
    group by initiative_key
),

-- A size belongs to the group that it is printed for: where several initiatives share a group, it is none of theirs.
own_groups as (
    select target_group_key
    from initiatives
    group by target_group_key
    having count(*) = 1
),

final as (
    select
        initiatives.initiative_key,
        initiatives.document_id,
        agreements.agreement_name,
        agreements.status as agreement_status,
        initiatives.initiative_no,
        initiatives.initiative_name,
        initiatives.theme_name,
        units.responsible_units,
        target_groups.target_group_name,
        case
            when own_groups.target_group_key is not null then target_groups.stated_size
        end as target_group_size,
        volumes.course_unit,
        volumes.planned_courses,
        volumes.course_years,
        volumes.other_volumes,
        money.budget_dkk,
        -- Only where the money and the courses are for the same one year, and the money buys one kind of thing alone,
        -- is the quotient a price.
        cast(
            case
                when volumes.is_one_year and volumes.is_one_unit
                    then money.budget_dkk / nullif(volumes.planned_courses, 0)
            end as decimal(18, 2)
        ) as cost_per_course_dkk,
        volumes.actual_courses,
        volumes.actual_amount_dkk,
        coalesce(targets.targets, 0) as targets,
        coalesce(targets.targets_met, 0) as targets_met,
        coalesce(targets.targets_not_met, 0) as targets_not_met,
        coalesce(targets.targets_not_measured, 0) as targets_not_measured,
        coalesce(targets.targets_not_set, 0) as targets_not_set,
        initiatives.theme_key,
        units.involved_units,
        units.possible_units,
        case
            when own_groups.target_group_key is not null then target_groups.stated_size_qualifier
        end as target_group_size_qualifier,
        case
            when own_groups.target_group_key is not null then target_groups.stated_size_to
        end as target_group_size_to,
        volumes.planned_courses_qualifier,
        volumes.planned_courses_to,
        money.budget_qualifier,
        money.budget_to_dkk,
        case
            when cost_per_course_dkk is not null
                then {{ qualifier_of_quotient('money.budget_qualifier', 'volumes.planned_courses_qualifier') }}
        end as cost_per_course_qualifier,
        case when cost_per_course_dkk is not null then volumes.finding_claim_ids end as cost_finding_claim_ids
    from initiatives
    inner join agreements
        on initiatives.agreement_key = agreements.agreement_key
    inner join target_groups
        on initiatives.target_group_key = target_groups.target_group_key
    left join units
        on initiatives.initiative_key = units.initiative_key
    left join volumes
        on
            initiatives.document_id = volumes.document_id
            and initiatives.initiative_no = volumes.initiative_no
    left join money
        on initiatives.initiative_key = money.initiative_key
    left join targets
        on initiatives.initiative_key = targets.initiative_key
    left join own_groups
        on initiatives.target_group_key = own_groups.target_group_key
    where initiatives.initiative_key != -1
)

select * from final
order by initiative_key
