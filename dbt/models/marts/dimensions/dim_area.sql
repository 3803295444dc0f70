with

areas as (
    select * from {{ ref('int_areas') }}
),

final as (
    select
        area_key,
        area_name,
        area_type,
        municipality_code,
        region_name
    from areas
    union all
    select
        -1 as area_key,
        'Ikke oplyst' as area_name,
        'Ikke oplyst' as area_type,
        null as municipality_code,
        null as region_name
)

select * from final
order by area_key
