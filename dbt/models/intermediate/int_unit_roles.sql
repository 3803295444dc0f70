-- The names of the units that a document names for each initiative, by their role.

with

final as (
    select
        initiative_units.document_id,
        initiative_units.initiative_no,
        {{ units_of('responsible') }} as responsible_units,
        {{ units_of('involved') }} as involved_units,
        {{ units_of('possible') }} as possible_units
    from {{ ref('int_initiative_units') }} as initiative_units
    inner join {{ ref('int_units') }} as units
        on initiative_units.unit_id = units.unit_id
    group by initiative_units.document_id, initiative_units.initiative_no
)

select * from final
