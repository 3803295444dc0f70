with

units as (
    select * from {{ ref('stg_documents__units') }}
),

final as (
    select
        {{ surrogate_key(['unit_id']) }} as jobcenter_key,
        unit_id as jobcenter_id,
        unit_name as jobcenter_name,
        unit_type,
        abbreviation,
        {{ surrogate_key(['parent_unit_id']) }} as parent_jobcenter_key
    from units
    union all
    select
        -1,
        'Ikke oplyst',
        'Ikke oplyst',
        'Ikke oplyst',
        null,
        -1
    union all
    select
        -2,
        'Flere enheder',
        'Flere enheder',
        'Flere enheder',
        null,
        -1
)

select * from final
order by jobcenter_key
