with

themes as (
    select * from {{ ref('int_themes') }}
),

final as (
    select
        {{ surrogate_key(['document_id', 'theme_no']) }} as theme_key,
        {{ surrogate_key(['document_id']) }} as agreement_key,
        document_id,
        theme_no,
        theme_name,
        budget_theme_name
    from themes
    union all
    select
        -1 as theme_key,
        -1 as agreement_key,
        'Ikke oplyst' as document_id,
        'Ikke oplyst' as theme_no,
        'Ikke oplyst' as theme_name,
        null as budget_theme_name
)

select * from final
order by theme_key
