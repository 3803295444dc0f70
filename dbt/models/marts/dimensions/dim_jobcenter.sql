with

units as (
    select * from {{ ref('int_units') }}
),

final as (
    select
        jobcenter_key,
        unit_id as jobcenter_id,
        unit_name as jobcenter_name,
        unit_type,
        abbreviation,
        parent_jobcenter_key,
        municipality_key
    from units
    union all
    select
        -1 as jobcenter_key,
        'Ikke oplyst' as jobcenter_id,
        'Ikke oplyst' as jobcenter_name,
        'Ikke oplyst' as unit_type,
        null as abbreviation,
        -1 as parent_jobcenter_key,
        -1 as municipality_key
    union all
    select
        -2 as jobcenter_key,
        'Flere enheder' as jobcenter_id,
        'Flere enheder' as jobcenter_name,
        'Flere enheder' as unit_type,
        null as abbreviation,
        -1 as parent_jobcenter_key,
        -1 as municipality_key
)

select * from final
order by jobcenter_key
