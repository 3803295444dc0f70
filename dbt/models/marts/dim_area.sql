with

areas as (
    select * from {{ ref('stg_documents__areas') }}
),

final as (
    select
        {{ surrogate_key(['area_name']) }} as area_key,
        area_name,
        area_type,
        municipality_code,
        region_name
    from areas
    union all
    select
        -1,
        'Ikke oplyst',
        'Ikke oplyst',
        null,
        null
)

select * from final
order by area_key
