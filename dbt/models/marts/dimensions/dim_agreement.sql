with

agreements as (
    select * from {{ ref('int_agreements') }}
),

final as (
    select
        agreement_key,
        document_id,
        agreement_name,
        status,
        dated,
        year_from,
        year_to,
        municipality_key,
        municipality_name
    from agreements
    union all
    select
        -1 as agreement_key,
        'Ikke oplyst' as document_id,
        'Ikke oplyst' as agreement_name,
        'Ikke oplyst' as status,
        null as dated,
        null as year_from,
        null as year_to,
        -1 as municipality_key,
        'Ikke oplyst' as municipality_name
)

select * from final
order by agreement_key
