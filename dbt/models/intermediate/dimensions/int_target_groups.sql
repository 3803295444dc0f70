-- Each target group with the size that is printed for it, under its key.

with

final as (
    select
        {{ surrogate_key(['target_groups.document_id', 'target_groups.target_group_id']) }} as target_group_key,
        target_groups.document_id,
        target_groups.target_group_id,
        target_groups.target_group_name,
        target_groups.benefit,
        target_groups.match_group_from,
        target_groups.match_group_to,
        target_groups.age_from,
        target_groups.age_to,
        figures.value as stated_size,
        figures.value_to as stated_size_to,
        figures.value_qualifier as stated_size_qualifier,
        figures.unit as stated_size_unit,
        figures.source_ref
    from {{ ref('stg_documents__target_groups') }} as target_groups
    left join {{ ref('stg_jobmaal__figures') }} as figures
        on target_groups.source_ref = figures.source_ref
)

select * from final
