with

lines as (
    select
        budget.document_id,
        coalesce(budget.theme_name, 'Ikke oplyst') as theme_name,
        account_names.account_id,
        budget.year_key,
        budget.amount_dkk,
        budget.line_type
    from {{ ref('fct_budget') }} as budget
    inner join {{ ref('dim_account') }} as account_names
        on budget.account_key = account_names.account_key
),

-- Each theme and account by itself, and with all themes, all account_names, or both put together as 'I alt'.
summed as (
    select
        document_id,
        case when grouping(theme_name) = 1 then 'I alt' else theme_name end as theme_name,
        case when grouping(account_id) = 1 then 'I alt' else account_id end as account_id,
        year_key,
        coalesce(sum(amount_dkk) filter (where line_type = 'itemised'), 0) as lines_dkk,
        coalesce(sum(amount_dkk) filter (where line_type = 'unitemised'), 0) as unitemised_dkk,
        count(*) filter (where line_type = 'itemised') as number_of_lines
    from lines
    group by document_id, year_key, cube(theme_name, account_id)
),

stated as (
    select
        totals.document_id,
        coalesce(totals.theme_name, 'I alt') as theme_name,
        coalesce(totals.account_id, 'I alt') as account_id,
        unnest(
            case
                when totals.basis = 'yearly' then range(totals.year_from, totals.year_to + 1)
                else [cast(coalesce(totals.year_from, -1) as bigint)]
            end
        ) as year_key,
        case
            when totals.basis = 'whole' then coalesce(totals.year_to, -1)
        end as last_year,
        figures.value as stated_dkk,
        totals.source_ref
    from {{ ref('stg_documents__budget_totals') }} as totals
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on totals.source_ref = figures.source_ref
    where totals.line_name is null
),

-- A total for a stretch stands in its first year, and is held against the lines of all of its years.
held_against as (
    select
        stated.document_id,
        stated.theme_name,
        stated.account_id,
        stated.year_key,
        stated.stated_dkk,
        min(stated.source_ref) as source_ref,
        coalesce(sum(lines.amount_dkk) filter (where lines.line_type = 'itemised'), 0) as lines_dkk
    from stated
    left join lines
        on
            stated.document_id = lines.document_id
            and stated.theme_name in ('I alt', lines.theme_name)
            and stated.account_id in ('I alt', lines.account_id)
            and lines.year_key between stated.year_key and coalesce(stated.last_year, stated.year_key)
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
        held_against.source_ref
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
        beside.source_ref
    from beside
    inner join {{ ref('dim_agreement') }} as agreements
        on beside.document_id = agreements.document_id
    left join {{ ref('dim_account') }} as account_names
        on beside.account_id = account_names.account_id
)

select * from final
order by document_id, theme_name, account_id, year_key
