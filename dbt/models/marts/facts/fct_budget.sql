with

rows_of_money as (
    select * from {{ ref('int_budget_rows') }}
),

final as (
    select
        {{ surrogate_key(['source_ref', 'line_type', 'coalesce(cast(year as varchar), \'\')']) }} as budget_key,
        document_id,
        {{ surrogate_key(['document_id']) }} as agreement_key,
        {{ surrogate_key(['document_id', 'initiative_no']) }} as initiative_key,
        theme_name,
        line_name,
        {{ surrogate_key(['account_id']) }} as account_key,
        coalesce(year, -1) as year_key,
        {{ surrogate_key(['unit_id']) }} as jobcenter_key,
        {{ surrogate_key(['document_id', 'target_group_id']) }} as target_group_key,
        line_type,
        cast(amount_dkk as decimal(18, 2)) as amount_dkk,
        value_qualifier,
        cast(value_to as decimal(18, 2)) as value_to,
        value_status,
        source_ref,
        {{ surrogate_key(['document_id', 'theme_no']) }} as theme_key,
        is_level,
        year_to,
        direction,
        funding_source,
        price_level,
        counted_in_source_ref,
        is_open_ended
    from rows_of_money
)

select * from final
order by budget_key
