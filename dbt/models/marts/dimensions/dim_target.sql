with

targets as (
    select * from {{ ref('int_targets') }}
),

final as (
    select
        {{ surrogate_key(['document_id', 'target_id']) }} as target_key,
        target_id,
        {{ surrogate_key(['document_id']) }} as agreement_key,
        document_id,
        {{ surrogate_key(['document_id', 'initiative_no']) }} as initiative_key,
        own_theme_no as theme_no,
        theme_name,
        target_name,
        target_level,
        target_kind,
        comparator,
        -- A deadline's number is its day, which has a column of its own.
        case when target_kind != 'deadline' then target_value end as target_value,
        case when target_kind != 'deadline' then value_to end as value_to,
        value_qualifier,
        value_status,
        unit,
        baseline_value,
        due_year,
        due_date,
        {{ surrogate_key(['area_name']) }} as area_key,
        source_ref,
        {{ surrogate_key(['document_id', 'own_theme_no']) }} as theme_key,
        baseline_qualifier,
        {{ surrogate_key([
            "split_part(supersedes_source_ref, ':', 1)", "split_part(supersedes_source_ref, ':', 2)"
        ]) }} as supersedes_target_key,
        valid_from,
        valid_to,
        is_current,
        {{ surrogate_key(['municipality_name']) }} as municipality_key
    from targets
    union all
    select
        -1 as target_key,
        'Ikke oplyst' as target_id,
        -1 as agreement_key,
        'Ikke oplyst' as document_id,
        -1 as initiative_key,
        null as theme_no,
        null as theme_name,
        'Ikke oplyst' as target_name,
        'Ikke oplyst' as target_level,
        'Ikke oplyst' as target_kind,
        'Ikke oplyst' as comparator,
        null as target_value,
        null as value_to,
        'exact' as value_qualifier,
        'not_collected' as value_status,
        null as unit,
        null as baseline_value,
        null as due_year,
        null as due_date,
        -1 as area_key,
        null as source_ref,
        -1 as theme_key,
        null as baseline_qualifier,
        -1 as supersedes_target_key,
        null as valid_from,
        null as valid_to,
        true as is_current,
        -1 as municipality_key
)

select * from final
order by target_key
