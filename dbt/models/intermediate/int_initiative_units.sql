-- Which units carry an initiative, and what part of it falls to each: what the document states, else even parts. An
-- initiative is its responsible units'; those that are involved, or possibly so, carry it only where none is named so.
-- Stated parts count only where they are parts of what is divided: percentages, or numbers in the one unit that all of
-- the initiative's numbers and money are in. Percentages and numbers together are parts of nothing, and where a
-- target group lives says nothing about who holds its courses.

with

divided as (
    select
        courses.document_id,
        courses.initiative_no,
        figures.unit
    from {{ ref('stg_documents__courses') }} as courses
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on courses.source_ref = figures.source_ref
    where courses.initiative_no is not null
    union
    select
        document_id,
        initiative_no,
        'kr.' as unit
    from {{ ref('stg_documents__budget_lines') }}
    where
        initiative_no is not null
        and unit_named is null
),

units_of_division as (
    select
        document_id,
        initiative_no,
        case when count(*) = 1 then min(unit) end as only_unit
    from divided
    group by document_id, initiative_no
),

named as (
    select
        units.document_id,
        units.initiative_no,
        named_units.unit_id,
        max(units.role) as role,
        case
            when count(distinct units.role_name) = 1
                then max(units.role_name)
        end as role_name,
        sum(figures.value) as stated_share,
        min(figures.unit) as first_share_unit,
        max(figures.unit) as last_share_unit,
        -- A figure that is missing has no unit, so a name without a part of its own decides nothing.
        coalesce(bool_and(figures.unit in ('pct.', coalesce(units_of_division.only_unit, 'pct.'))), false) as is_share
    from {{ ref('stg_documents__initiative_units') }} as units
    inner join {{ ref('int_named_units') }} as named_units
        on
            units.document_id = named_units.document_id
            and units.unit_named = named_units.unit_named
    left join {{ ref('stg_jobmaal__figures') }} as figures
        on units.share_source_ref = figures.source_ref
    left join units_of_division
        on
            units.document_id = units_of_division.document_id
            and units.initiative_no = units_of_division.initiative_no
    group by units.document_id, units.initiative_no, named_units.unit_id
),

ranked as (
    select
        *,
        rank() over (
            partition by document_id, initiative_no
            order by case role when 'responsible' then 1 when 'involved' then 2 else 3 end asc
        ) = 1 as is_carrying
    from named
),

counted as (
    select
        *,
        count(*) filter (where is_carrying) over initiative as units_named,
        -- A unit that carries the initiative and has no stated part has an unknown one, not none.
        case
            when
                bool_and(is_share or (stated_share is null and not is_carrying)) over initiative
                and min(first_share_unit) over initiative = max(last_share_unit) over initiative
                then sum(stated_share) over initiative
        end as stated_total,
        row_number() over (
            initiative
            order by unit_id desc
        ) as place_from_last
    from ranked
    window initiative as (partition by document_id, initiative_no)
),

weighed as (
    select
        *,
        case
            when stated_total > 0 and units_named > 1 then 'stated'
            when units_named = 1 then 'single'
            else 'even'
        end as allocation_basis,
        -- In whole ten-billionths, cut off; what is lost by that goes to one unit, so that the parts make the whole.
        case
            when stated_total > 0
                then
                    cast(coalesce(stated_share, 0) * 10000 as hugeint)
                    * 10000000000
                    // cast(stated_total * 10000 as hugeint)
            when is_carrying then 10000000000 // units_named
            else 0
        end as weight_steps
    from counted
),

largest as (
    select
        *,
        row_number() over (
            partition by document_id, initiative_no
            order by weight_steps desc, place_from_last asc
        ) as place_by_weight,
        10000000000 - sum(weight_steps) over (partition by document_id, initiative_no) as lost_steps
    from weighed
),

whole as (
    select
        *,
        weight_steps + case when place_by_weight = 1 then lost_steps else 0 end as whole_steps
    from largest
),

final as (
    select
        document_id,
        initiative_no,
        unit_id,
        role,
        role_name,
        is_carrying,
        allocation_basis,
        cast(cast(whole_steps as decimal(28, 10)) / 10000000000 as decimal(20, 10)) as weight
    from whole
)

select * from final
