-- Each unit and the one that it belongs under, under their keys.

with

final as (
    select
        {{ surrogate_key(['unit_id']) }} as jobcenter_key,
        unit_id,
        unit_name,
        unit_type,
        abbreviation,
        {{ surrogate_key(['parent_unit_id']) }} as parent_jobcenter_key,
        {{ surrogate_key(['municipality_name']) }} as municipality_key
    from {{ ref('stg_documents__units') }}
)

select * from final
