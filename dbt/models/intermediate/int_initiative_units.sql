-- Which units carry an initiative, and what part of it falls to each: what the document states, else even parts.

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

counted as (
    select
        *,
        count(*) over initiative as units_named,
        sum(stated_share) over initiative as stated_total,
        row_number() over (initiative order by unit_id desc) as place_from_last
    from named
    window initiative as (partition by document_id, initiative_no)
),

weighed as (
    select
        *,
        case
            when units_named = 1 then 'single'
            when stated_total > 0 then 'stated'
            else 'even'
        end as allocation_basis,
        -- Cut off to ten decimals; what is lost by that goes to one unit, so that the parts make the whole exactly.
        case
            when stated_total > 0
                then cast(floor(coalesce(stated_share, 0) * 10000000000 / stated_total) / 10000000000 as decimal(18, 10))
            else cast(floor(10000000000 / units_named) / 10000000000 as decimal(18, 10))
        end as cut_off_weight
    from counted
),

largest as (
    select
        *,
        row_number() over (
            partition by document_id, initiative_no
            order by cut_off_weight desc, place_from_last
        ) as place_by_weight,
        sum(cut_off_weight) over (partition by document_id, initiative_no) as cut_off_total
    from weighed
),

final as (
    select
        document_id,
        initiative_no,
        unit_id,
        role,
        allocation_basis,
        cast(cut_off_weight + case when place_by_weight = 1 then 1 - cut_off_total else 0 end as decimal(18, 10)) as weight
    from largest
)

select * from final
