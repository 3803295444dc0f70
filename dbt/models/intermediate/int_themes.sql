-- Each focus area with the name that its chapter prints, and the one that the budget's lines print.

with

budget_names as (
    select
        document_id,
        theme_no,
        string_agg(
            distinct theme_name, ' | '
            order by theme_name
        ) as budget_theme_name
    from {{ ref('int_budget_rows') }}
    where theme_no is not null
    group by document_id, theme_no
),

final as (
    select
        themes.document_id,
        themes.theme_no,
        themes.theme_name,
        budget_names.budget_theme_name
    from {{ ref('stg_documents__themes') }} as themes
    left join budget_names
        on
            themes.document_id = budget_names.document_id
            and themes.theme_no = budget_names.theme_no
)

select * from final
