with

lines as (
    select
        budget.document_id,
        coalesce(budget.theme_name, 'Ikke oplyst') as theme_name,
        account_names.account_id,
        budget.year_key,
        budget.amount_dkk,
        budget.value_qualifier,
        budget.value_to,
        budget.is_level,
        budget.line_type,
        budget_rows.price_factor
    from {{ ref('fct_budget') }} as budget
    inner join {{ ref('dim_account') }} as account_names
        on budget.account_key = account_names.account_key
    left join {{ ref('int_budget_rows') }} as budget_rows
        on
            budget.source_ref = budget_rows.source_ref
            and budget.line_type = budget_rows.line_type
            and budget.year_key = coalesce(budget_rows.year, -1)
),

-- Each theme and account by itself, and with all themes, all account_names, or both put together as 'I alt'.
summed as (
    select
        document_id,
        case when grouping(theme_name) = 1 then 'I alt' else theme_name end as theme_name,
        case when grouping(account_id) = 1 then 'I alt' else account_id end as account_id,
        year_key,
        coalesce(sum(amount_dkk) filter (where line_type = 'itemised'), 0) as lines_dkk,
        {{ qualifier_of_sum('amount_dkk', 'value_qualifier', among="line_type = 'itemised'") }} as lines_qualifier,
        coalesce(sum(amount_dkk) filter (where line_type = 'unitemised'), 0) as unitemised_dkk,
        {{ upper_end_of_sum('amount_dkk', 'value_to', among="line_type = 'itemised'") }} as lines_to_dkk,
        count(*) filter (where line_type = 'itemised') as number_of_lines,
        {%- for line_type, name in [('itemised', 'lines'), ('unitemised', 'unitemised')] %}
            {{ sum_in_constant_prices(
                'amount_dkk', 'price_factor', among="line_type = '" ~ line_type ~ "'", or_zero=true
            ) }} as {{ name }}_constant,
        {%- endfor %}
        case
            when count(value_to) filter (where line_type = 'itemised') > 0
                then {{ sum_in_constant_prices(
                    'coalesce(value_to, amount_dkk)', 'price_factor', among="line_type = 'itemised'"
                ) }}
        end as lines_to_constant
    from lines
    group by document_id, year_key, cube(theme_name, account_id)
),

stated as (
    select
        document_id,
        coalesce(theme_name, 'I alt') as theme_name,
        coalesce(account_id, 'I alt') as account_id,
        coalesce(year, -1) as year_key,
        coalesce(year_to, -1) as last_year,
        value as stated_dkk,
        value_qualifier as stated_qualifier,
        value_to as stated_to_dkk,
        source_ref,
        value * price_factor as stated_constant,
        value_to * price_factor as stated_to_constant
    from {{ ref('int_stated_totals') }}
    where line_name is null
),

-- A total for several years is in the first of them, and is compared with the lines of all of them.
held_against as (
    select
        stated.document_id,
        stated.theme_name,
        stated.account_id,
        stated.year_key,
        stated.stated_dkk,
        min(stated.source_ref) as source_ref,
        min(stated.stated_qualifier) as stated_qualifier,
        min(stated.stated_to_dkk) as stated_to_dkk,
        min(stated.stated_constant) as stated_constant,
        min(stated.stated_to_constant) as stated_to_constant,
        case
            when count(distinct lines.year_key) filter (where lines.is_level) <= 1
                then {{ sum_in_constant_prices(
                    'lines.amount_dkk', 'lines.price_factor', among="lines.line_type = 'itemised'", or_zero=true
                ) }}
        end as lines_constant,
        -- Levels that replace each other add up to nothing that a total could be compared with.
        case
            when count(distinct lines.year_key) filter (where lines.is_level) > 1 then null
            else coalesce(sum(lines.amount_dkk) filter (where lines.line_type = 'itemised'), 0)
        end as lines_dkk
    from stated
    left join lines
        on
            stated.document_id = lines.document_id
            and stated.theme_name in ('I alt', lines.theme_name)
            and stated.account_id in ('I alt', lines.account_id)
            and lines.year_key between stated.year_key and stated.last_year
    group by stated.document_id, stated.theme_name, stated.account_id, stated.year_key, stated.stated_dkk
),

beside as (
    select
        coalesce(summed.document_id, held_against.document_id) as document_id,
        coalesce(summed.theme_name, held_against.theme_name) as theme_name,
        coalesce(summed.account_id, held_against.account_id) as account_id,
        coalesce(summed.year_key, held_against.year_key) as year_key,
        coalesce(summed.lines_dkk, 0) as lines_dkk,
        coalesce(summed.unitemised_dkk, 0) as unitemised_dkk,
        held_against.stated_dkk,
        held_against.stated_dkk - held_against.lines_dkk as difference_dkk,
        coalesce(summed.number_of_lines, 0) as number_of_lines,
        held_against.source_ref,
        summed.lines_qualifier,
        summed.lines_to_dkk,
        held_against.stated_qualifier,
        held_against.stated_to_dkk,
        summed.lines_constant,
        summed.unitemised_constant,
        summed.lines_to_constant,
        held_against.stated_constant,
        held_against.stated_to_constant,
        held_against.stated_constant - held_against.lines_constant as difference_constant
    from summed
    full outer join held_against
        on
            summed.document_id = held_against.document_id
            and summed.theme_name = held_against.theme_name
            and summed.account_id = held_against.account_id
            and summed.year_key = held_against.year_key
),

final as (
    select
        beside.document_id,
        agreements.agreement_name,
        beside.theme_name,
        beside.account_id,
        coalesce(account_names.account_name, 'I alt') as account_name,
        beside.year_key,
        cast(beside.lines_dkk as decimal(18, 2)) as lines_dkk,
        cast(beside.unitemised_dkk as decimal(18, 2)) as unitemised_dkk,
        cast(beside.stated_dkk as decimal(18, 2)) as stated_dkk,
        cast(beside.difference_dkk as decimal(18, 2)) as difference_dkk,
        beside.number_of_lines,
        beside.source_ref,
        beside.lines_qualifier,
        cast(beside.lines_to_dkk as decimal(18, 2)) as lines_to_dkk,
        beside.stated_qualifier,
        cast(beside.stated_to_dkk as decimal(18, 2)) as stated_to_dkk,
        agreements.municipality_name,
        {%- for column in ['lines', 'unitemised', 'stated', 'difference', 'lines_to', 'stated_to'] %}
            cast(beside.{{ column }}_constant as decimal(18, 2)) as {{ column }}_dkk_constant_dkk,
        {%- endfor %}
        {{ price_base() }}
    from beside
    inner join {{ ref('dim_agreement') }} as agreements
        on beside.document_id = agreements.document_id
    left join {{ ref('dim_account') }} as account_names
        on beside.account_id = account_names.account_id
)

select * from final
order by document_id, theme_name, account_id, year_key
