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
    select * from {{ ref('int_unit_roles') }}
),

costs as (
    select * from {{ ref('int_initiative_costs') }}
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
        costs.course_unit,
        costs.planned_courses,
        costs.course_years,
        costs.other_volumes,
        costs.budget_dkk,
        costs.cost_per_course_dkk,
        costs.actual_courses,
        costs.actual_amount_dkk,
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
        costs.planned_courses_qualifier,
        costs.planned_courses_to,
        costs.budget_qualifier,
        costs.budget_to_dkk,
        costs.cost_per_course_qualifier,
        costs.cost_finding_claim_ids,
        agreements.municipality_name,
        costs.budget_constant_dkk as budget_dkk_constant_dkk,
        costs.budget_to_constant_dkk as budget_to_dkk_constant_dkk,
        costs.cost_per_course_constant_dkk as cost_per_course_dkk_constant_dkk,
        costs.actual_amount_constant_dkk as actual_amount_dkk_constant_dkk,
        {{ price_base() }}
    from initiatives
    inner join agreements
        on initiatives.agreement_key = agreements.agreement_key
    inner join target_groups
        on initiatives.target_group_key = target_groups.target_group_key
    left join units
        on
            initiatives.document_id = units.document_id
            and initiatives.initiative_no = units.initiative_no
    left join costs
        on
            initiatives.document_id = costs.document_id
            and initiatives.initiative_no = costs.initiative_no
    left join targets
        on initiatives.initiative_key = targets.initiative_key
    left join own_groups
        on initiatives.target_group_key = own_groups.target_group_key
    where initiatives.initiative_key != -1
)

select * from final
order by initiative_key
