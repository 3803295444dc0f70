{%- set phases = ['adopted', 'supplementary', 'revised', 'forecast', 'spent'] -%}
{%- set deviations = [
    ('revised', 'adopted'), ('forecast', 'adopted'), ('forecast', 'revised'), ('spent', 'adopted'), ('spent', 'revised')
] -%}

with

followups as (
    select * from {{ ref('int_budget_followups') }}
),

agreements as (
    select * from {{ ref('dim_agreement') }}
),

-- One row per line and payer, with the phases side by side. What was adopted is the budget line's own amount where it
-- is in the warehouse; where the follow-up stands alone it is what that says of it.
summed as (
    select
        document_id,
        coalesce(line_name, 'I alt') as line_name,
        max(part_of_line) as part_of_line,
        coalesce(funding_source, '') as funding_source,
        bool_or(is_part) as is_part,
        bool_or(line_name is null) as is_total,
        year,
        max(as_of) as as_of,
        min(budget_source_ref) as budget_source_ref,
        min(budget_document_id) as budget_document_id,
        {%- for phase in phases %}
            max(amount_dkk) filter (where phase = '{{ phase }}') as stated_{{ phase }},
            max(amount_dkk * price_factor) filter (where phase = '{{ phase }}') as stated_{{ phase }}_constant,
            max(value_qualifier) filter (where phase = '{{ phase }}') as {{ phase }}_qualifier,
            max(source_ref) filter (where phase = '{{ phase }}') as {{ phase }}_source_ref,
        {%- endfor %}
        case when coalesce(funding_source, '') = '' then max(adopted_dkk) end as original_dkk,
        max(adopted_dkk * adopted_price_factor) as original_constant,
        max(adopted_qualifier) as original_qualifier
    from followups
    where phase != 'deviation'
    group by document_id, line_name, funding_source, year
),

compared as (
    select
        * exclude (adopted_qualifier, adopted_source_ref),
        {%- for phase in phases[1:] %}
            stated_{{ phase }} as {{ phase }}_dkk,
            stated_{{ phase }}_constant as {{ phase }}_constant,
        {%- endfor %}
        coalesce(original_dkk, stated_adopted) as adopted_dkk,
        case when original_dkk is not null then original_qualifier else adopted_qualifier end as adopted_qualifier,
        case when original_dkk is not null then budget_source_ref else adopted_source_ref end as adopted_source_ref,
        case when original_dkk is not null then original_constant else stated_adopted_constant end as adopted_constant
    from summed
),

final as (
    select
        agreements.municipality_name,
        compared.document_id,
        agreements.agreement_name,
        budgets.document_id as budget_document_id,
        budgets.agreement_name as budget_agreement_name,
        compared.budget_source_ref is null as is_standalone,
        compared.line_name,
        compared.part_of_line,
        coalesce(nullif(compared.funding_source, ''), 'I alt') as funding_source,
        compared.is_part,
        compared.is_total,
        cast(compared.year as bigint) as year_key,
        compared.as_of,
        {%- for phase in phases %}
            cast(compared.{{ phase }}_dkk as decimal(18, 2)) as {{ phase }}_dkk,
        {%- endfor %}
        {%- for later, earlier in deviations %}
            cast(
                compared.{{ later }}_dkk - compared.{{ earlier }}_dkk as decimal(18, 2)
            ) as {{ later }}_minus_{{ earlier }}_dkk,
        {%- endfor %}
        {%- for phase in phases %}
            compared.{{ phase }}_qualifier,
            compared.{{ phase }}_source_ref,
        {%- endfor %}
        {%- for phase in phases %}
            cast(compared.{{ phase }}_constant as decimal(18, 2)) as {{ phase }}_dkk_constant_dkk,
        {%- endfor %}
        {%- for later, earlier in deviations %}
            cast(
                compared.{{ later }}_constant - compared.{{ earlier }}_constant as decimal(18, 2)
            ) as {{ later }}_minus_{{ earlier }}_dkk_constant_dkk,
        {%- endfor %}
        {{ price_base() }}
    from compared
    inner join agreements
        on compared.document_id = agreements.document_id
    left join agreements as budgets
        on compared.budget_document_id = budgets.document_id
)

select * from final
order by document_id, year_key, line_name, funding_source
