-- Each target with the number in it and the unit and group that it is set for.

with

successors as (
    select
        supersedes_source_ref as source_ref,
        min(valid_from) as valid_to
    from {{ ref('stg_documents__targets') }}
    where supersedes_source_ref is not null
    group by supersedes_source_ref
),

final as (
    select
        targets.*,
        coalesce(targets.theme_no, initiatives.theme_no) as own_theme_no,
        themes.theme_name,
        agreements.municipality_name,
        initiatives.booked_unit_id as unit_id,
        coalesce(targets.target_group_id, initiatives.target_group_id) as own_target_group_id,
        figures.value as target_value,
        figures.value_to,
        figures.value_qualifier,
        figures.value_status,
        figures.unit,
        baselines.value as baseline_value,
        baselines.value_qualifier as baseline_qualifier,
        successors.valid_to,
        successors.source_ref is null as is_current,
        -- A placeholder stands where the number should be.
        figures.value_status = 'not_collected' and figures.unit not in ('dato', 'tekst') as is_not_set
    from {{ ref('stg_documents__targets') }} as targets
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on targets.source_ref = figures.source_ref
    inner join {{ ref('int_agreements') }} as agreements
        on targets.document_id = agreements.document_id
    left join {{ ref('stg_jobmaal__figures') }} as baselines
        on targets.baseline_source_ref = baselines.source_ref
    left join successors
        on targets.source_ref = successors.source_ref
    left join {{ ref('int_initiatives') }} as initiatives
        on
            targets.document_id = initiatives.document_id
            and targets.initiative_no = initiatives.initiative_no
    left join {{ ref('int_themes') }} as themes
        on
            targets.document_id = themes.document_id
            and coalesce(targets.theme_no, initiatives.theme_no) = themes.theme_no
)

select * from final
