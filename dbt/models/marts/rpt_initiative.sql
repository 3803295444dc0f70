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
        string_agg(
            jobcenters.jobcenter_name, ', '
            order by jobcenters.jobcenter_name
        ) as responsible_units
    from {{ ref('bridge_initiative_unit') }} as bridge
    inner join {{ ref('dim_jobcenter') }} as jobcenters
        on bridge.jobcenter_key = jobcenters.jobcenter_key
    group by bridge.initiative_key
),

volumes as (
    select * from {{ ref('int_initiative_volumes') }}
),

money as (
    select
        initiative_key,
        cast(sum(amount_dkk) as decimal(18, 2)) as budget_dkk
    from {{ ref('fct_budget') }}
    group by initiative_key
),

targets as (
    select
        initiative_key,
        {{ targets_by_status() }}
    from {{ ref('fct_target_attainment') }}
    where is_latest
    group by initiative_key
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
        target_groups.stated_size as target_group_size,
        volumes.course_unit,
        volumes.planned_courses,
        volumes.course_years,
        volumes.other_volumes,
        money.budget_dkk,
        -- Only where the money and the courses are for the same one year is the quotient a price.
        cast(
            case when volumes.is_one_year then money.budget_dkk / nullif(volumes.planned_courses, 0) end
            as decimal(18, 2)
        ) as cost_per_course_dkk,
        volumes.actual_courses,
        volumes.actual_amount_dkk,
        coalesce(targets.targets, 0) as targets,
        coalesce(targets.targets_met, 0) as targets_met,
        coalesce(targets.targets_not_met, 0) as targets_not_met,
        coalesce(targets.targets_not_measured, 0) as targets_not_measured,
        coalesce(targets.targets_not_set, 0) as targets_not_set
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
    where initiatives.initiative_key != -1
)

select * from final
order by initiative_key
