-- One row per amount of money and year, each krone once: the finest parts that are listed, what is left of a line
-- whose parts are only partly given, and the part of a stated total that no line accounts for.

with

lines as (
    select
        budget_lines.* exclude (direction, funding_source, price_level, counted_in_source_ref),
        -- A part is what its whole is, where it does not say otherwise.
        coalesce(budget_lines.direction, wholes.direction, 'expense') as direction,
        coalesce(budget_lines.funding_source, wholes.funding_source) as funding_source,
        coalesce(budget_lines.price_level, wholes.price_level) as price_level,
        coalesce(budget_lines.counted_in_source_ref, wholes.counted_in_source_ref) as counted_in_source_ref,
        {{ figure_columns('figures') }},
        named_units.unit_id
    from {{ ref('stg_documents__budget_lines') }} as budget_lines
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on budget_lines.source_ref = figures.source_ref
    left join {{ ref('stg_documents__budget_lines') }} as wholes
        on budget_lines.part_of_source_ref = wholes.source_ref
    left join {{ ref('int_named_units') }} as named_units
        on
            budget_lines.document_id = named_units.document_id
            and budget_lines.unit_named = named_units.unit_named
),

parts as (
    select
        part_of_source_ref as source_ref,
        coalesce(sum(value), 0) as value
    from lines
    where part_of_source_ref is not null
    group by part_of_source_ref
),

-- A line with parts is replaced by them. Where the document gives only some of the parts, what they leave over stays
-- under the line's own name, be it less than nothing as a saving is, or unknown since the line cannot be read; where
-- they leave nothing over there is no row. Where the document gives them all, they are the rows even if they miss the
-- whole (a claim says so). A part that cannot be read takes nothing from what is left over.
finest as (
    select
        lines.* exclude (line_name, value, value_to),
        lines.line_name || case when parts.source_ref is null then '' else ', øvrigt' end as line_name,
        lines.value - coalesce(parts.value, 0) as value,
        lines.value_to - coalesce(parts.value, 0) as value_to
    from lines
    left join parts
        on lines.source_ref = parts.source_ref
    where
        parts.source_ref is null
        or (not lines.is_split_complete and lines.value is distinct from parts.value)
),

per_year as (
    {{ per_year('finest') }}
),

itemised as (
    select
        per_year.document_id,
        per_year.initiative_no,
        coalesce(per_year.theme_name, initiatives.theme_name) as theme_name,
        coalesce(per_year.theme_no, initiatives.theme_no, themes.theme_no) as theme_no,
        per_year.line_name,
        per_year.account_id,
        per_year.year,
        case when per_year.is_open_ended then null else per_year.year_to end as year_to,
        per_year.is_level,
        coalesce(per_year.unit_id, initiatives.booked_unit_id) as unit_id,
        per_year.unit_id is not null as is_unit_named,
        coalesce(per_year.target_group_id, initiatives.target_group_id) as target_group_id,
        'itemised' as line_type,
        per_year.value as amount_dkk,
        per_year.value_qualifier,
        per_year.value_to,
        per_year.value_status,
        per_year.source_ref,
        per_year.direction,
        per_year.funding_source,
        per_year.price_level,
        per_year.counted_in_source_ref,
        per_year.is_open_ended
    from per_year
    left join {{ ref('int_initiatives') }} as initiatives
        on
            per_year.document_id = initiatives.document_id
            and per_year.initiative_no = initiatives.initiative_no
    left join {{ ref('stg_documents__themes') }} as themes
        on
            per_year.document_id = themes.document_id
            and per_year.theme_name = themes.theme_name
),

stated as (
    select * from {{ ref('int_stated_totals') }}
    where coalesce(theme_name, line_name, account_id) is null
),

-- A total that comes again each year is compared with each year's lines, one for several years with all of theirs.
listed as (
    select
        stated.source_ref,
        stated.year,
        sum(itemised.amount_dkk) as amount_dkk,
        count(distinct itemised.year) filter (where itemised.is_level) > 1 as has_levels_of_several_years
    from stated
    inner join itemised
        on
            stated.document_id = itemised.document_id
            -- Money without a printed year counts against a total without one.
            and coalesce(itemised.year, -1) between coalesce(stated.year, -1)
            and coalesce(stated.year_to, -1)
    group by stated.source_ref, stated.year
),

unitemised as (
    select
        stated.document_id,
        cast(null as varchar) as initiative_no,
        cast(null as varchar) as theme_name,
        cast(null as varchar) as theme_no,
        'Ikke fordelt' as line_name,
        cast(null as varchar) as account_id,
        stated.year,
        stated.year_to,
        false as is_level,
        cast(null as varchar) as unit_id,
        false as is_unit_named,
        cast(null as varchar) as target_group_id,
        'unitemised' as line_type,
        stated.value - coalesce(listed.amount_dkk, 0) as amount_dkk,
        stated.value_qualifier,
        stated.value_to - coalesce(listed.amount_dkk, 0) as value_to,
        stated.value_status,
        stated.source_ref,
        'expense' as direction,
        cast(null as varchar) as funding_source,
        stated.price_level,
        cast(null as varchar) as counted_in_source_ref,
        false as is_open_ended
    from stated
    left join listed
        on
            stated.source_ref = listed.source_ref
            and stated.year is not distinct from listed.year
    -- Levels that replace each other add up to nothing that a total could exceed.
    where
        stated.value != coalesce(listed.amount_dkk, 0)
        and not coalesce(listed.has_levels_of_several_years, false)
),

money as (
    select * from itemised
    union all
    select * from unitemised
),

final as (
    select
        money.*,
        prices.price_factor
    from money
    left join {{ ref('int_price_factors') }} as prices
        on {{ price_year('money.price_level', 'money.year') }} = prices.year
)

select * from final
