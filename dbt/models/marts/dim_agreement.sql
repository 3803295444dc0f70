with

agreements as (
    select * from {{ ref('stg_documents__agreements') }}
),

final as (
    select
        {{ surrogate_key(['document_id']) }} as agreement_key,
        document_id,
        agreement_name,
        status,
        dated,
        year_from,
        year_to
    from agreements
    union all
    select
        -1,
        'Ikke oplyst',
        'Ikke oplyst',
        'Ikke oplyst',
        null,
        null,
        null
)

select * from final
order by agreement_key
