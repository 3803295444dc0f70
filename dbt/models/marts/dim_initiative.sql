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
        {{ surrogate_key(['document_id', 'target_group_id']) }} as target_group_key
    from initiatives
    union all
    select
        -1,
        -1,
        'Ikke oplyst',
        'Ikke oplyst',
        'Ikke oplyst',
        null,
        null,
        -1
)

select * from final
order by initiative_key
