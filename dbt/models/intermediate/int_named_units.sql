-- The unit that each name stands for in a document: one of the document's municipality, or one that all share.

with

agreements as (
    select * from {{ ref('int_agreements') }}
),

named as (
    select
        aliases.alias as unit_named,
        aliases.unit_id,
        units.municipality_name,
        areas.area_type = 'country' as is_shared
    from {{ ref('stg_documents__unit_aliases') }} as aliases
    inner join {{ ref('stg_documents__units') }} as units
        on aliases.unit_id = units.unit_id
    inner join {{ ref('stg_documents__areas') }} as areas
        on units.municipality_name = areas.area_name
),

final as (
    select
        agreements.document_id,
        named.unit_named,
        named.unit_id
    from agreements
    inner join named
        on
            named.is_shared
            or agreements.municipality_name = named.municipality_name
)

select * from final
