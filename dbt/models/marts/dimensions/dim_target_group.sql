with

target_groups as (
    select * from {{ ref('int_target_groups') }}
),

final as (
    select * from target_groups
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
