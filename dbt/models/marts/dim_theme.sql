with

themes as (
    select * from {{ ref('stg_documents__themes') }}
),

budget_names as (
    select
        document_id,
        theme_no,
        string_agg(distinct theme_name, ' | ' order by theme_name) as budget_theme_name
    from {{ ref('int_budget_rows') }}
    where theme_no is not null
    group by document_id, theme_no
),

final as (
    select
        {{ surrogate_key(['themes.document_id', 'themes.theme_no']) }} as theme_key,
        {{ surrogate_key(['themes.document_id']) }} as agreement_key,
        themes.document_id,
        themes.theme_no,
        themes.theme_name,
        budget_names.budget_theme_name
    from themes
    left join budget_names
        on
            themes.document_id = budget_names.document_id
            and themes.theme_no = budget_names.theme_no
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
