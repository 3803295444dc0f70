with

initiatives as (
    select * from {{ ref('int_initiatives') }}
),

final as (
    select
        {{ surrogate_key(['document_id', 'initiative_no']) }} as initiative_key,
        {{ surrogate_key(['document_id']) }} as agreement_key,
        document_id,
        initiative_no,
        initiative_name,
        theme_no,
        theme_name,
        {{ surrogate_key(['document_id', 'target_group_id']) }} as target_group_key,
        year_from,
        year_to,
        {{ surrogate_key(['document_id', 'theme_no']) }} as theme_key,
        {{ surrogate_key(['municipality_name']) }} as municipality_key
    from initiatives
    union all
    select
        -1 as initiative_key,
        -1 as agreement_key,
        'Ikke oplyst' as document_id,
        'Ikke oplyst' as initiative_no,
        'Ikke oplyst' as initiative_name,
        null as theme_no,
        null as theme_name,
        -1 as target_group_key,
        null as year_from,
        null as year_to,
        -1 as theme_key,
        -1 as municipality_key
)

select * from final
order by initiative_key
