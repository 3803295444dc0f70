with

target_groups as (
    select * from {{ ref('stg_documents__target_groups') }}
),

figures as (
    select * from {{ ref('stg_jobmaal__figures') }}
),

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
    from target_groups
    left join figures
        on target_groups.source_ref = figures.source_ref
    union all
    select
        -1 as target_group_key,
        'Ikke oplyst' as document_id,
        'Ikke oplyst' as target_group_id,
        'Ikke oplyst' as target_group_name,
        null as benefit,
        null as match_group_from,
        null as match_group_to,
        null as age_from,
        null as age_to,
        null as stated_size,
        null as stated_size_to,
        null as stated_size_qualifier,
        null as stated_size_unit,
        null as source_ref
)

select * from final
order by target_group_key
