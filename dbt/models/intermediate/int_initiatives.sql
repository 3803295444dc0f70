-- Each initiative with its area of effort and the one unit that facts are booked on: the one, several, or none.

with

units as (
    select
        document_id,
        initiative_no,
        case when count(*) = 1 then min(unit_id) else '{{ several_units() }}' end as booked_unit_id
    from {{ ref('int_initiative_units') }}
    where is_carrying
    group by document_id, initiative_no
),

final as (
    select
        initiatives.document_id,
        initiatives.initiative_no,
        initiatives.initiative_name,
        initiatives.theme_no,
        themes.theme_name,
        initiatives.target_group_id,
        initiatives.year_from,
        initiatives.year_to,
        units.booked_unit_id,
        agreements.municipality_name
    from {{ ref('stg_documents__initiatives') }} as initiatives
    inner join {{ ref('stg_documents__agreements') }} as agreements
        on initiatives.document_id = agreements.document_id
    left join {{ ref('stg_documents__themes') }} as themes
        on
            initiatives.document_id = themes.document_id
            and initiatives.theme_no = themes.theme_no
    left join units
        on
            initiatives.document_id = units.document_id
            and initiatives.initiative_no = units.initiative_no
)

select * from final
