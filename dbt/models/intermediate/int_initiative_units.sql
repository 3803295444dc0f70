-- Which units carry an initiative, and what part of it falls to each: what the document states, else even parts. An
-- initiative is its responsible units'; those that are involved, or possibly so, carry it only where none is named so.

with

named as (
    select
        units.document_id,
        units.initiative_no,
        aliases.unit_id,
        max(units.role) as role,
        sum(figures.value) as stated_share
    from {{ ref('stg_documents__initiative_units') }} as units
    inner join {{ ref('stg_documents__unit_aliases') }} as aliases
        on units.unit_named = aliases.alias
    left join {{ ref('stg_jobmaal__figures') }} as figures
        on units.share_source_ref = figures.source_ref
    group by units.document_id, units.initiative_no, aliases.unit_id
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
        sum(stated_share) over initiative as stated_total,
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
        is_carrying,
        allocation_basis,
        cast(cast(whole_steps as decimal(28, 10)) / 10000000000 as decimal(20, 10)) as weight
    from whole
)

select * from final
