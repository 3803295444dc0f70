-- Each account under its key, with its place in the municipal chart of accounts (kontoplan) where one is printed: main
-- account, main function and function, and perhaps a grouping (05.68.98.001). Two functions of one main account, as in
-- 6.40.51/6.40.53, have that alone in common.
{%- set code -%}
    '^0?([0-8])[. ](\d{2})[. ](\d{2})(?:(?:[., ]|, ?| )(?:grp\.? ?|gruppering )?(\d{3}))?$'
{%- endset -%}
{%- set two_codes -%} '^0?([0-8])\.\d{2}\.\d{2} ?/ ?0?([0-8])\.\d{2}\.\d{2}$' {%- endset %}

with

parsed as (
    select
        account_id,
        account_name,
        nullif(regexp_extract(account_id, {{ code }}, 1), '') as main_account,
        regexp_extract(account_id, {{ code }}, 2) as main_function,
        regexp_extract(account_id, {{ code }}, 3) as function_no,
        nullif(regexp_extract(account_id, {{ code }}, 4), '') as account_grouping,
        nullif(regexp_extract(account_id, {{ two_codes }}, 1), '') as first_main_account,
        regexp_extract(account_id, {{ two_codes }}, 2) as second_main_account
    from {{ ref('stg_documents__accounts') }}
),

final as (
    select
        {{ surrogate_key(['account_id']) }} as account_key,
        account_id,
        account_name,
        case
            when first_main_account = second_main_account then first_main_account
            else main_account
        end as main_account,
        main_account || '.' || main_function || '.' || function_no as account_function,
        account_grouping
    from parsed
)

select * from final
