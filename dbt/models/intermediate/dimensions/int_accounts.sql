-- Each account under its key, with its place in the municipal chart of accounts (kontoplan), where what is printed is one:
-- main account, main function and function, and perhaps a grouping (05.68.98.001). Two functions of one main account, as
-- in 6.40.51/6.40.53, have that in common alone.

with

accounts as (
    select
        account_id,
        account_name,
        regexp_extract(
            account_id,
            '^0?([0-8])[. ](\d{2})[. ](\d{2})(?:(?:[., ]|, ?| )(?:grp\.? ?|gruppering )?(\d{3}))?$',
            ['main', 'area', 'func', 'grouping']
        ) as code,
        regexp_extract(
            account_id, '^0?([0-8])\.\d{2}\.\d{2} ?/ ?0?([0-8])\.\d{2}\.\d{2}$', ['main', 'other']
        ) as two_codes
    from {{ ref('stg_documents__accounts') }}
),

final as (
    select
        {{ surrogate_key(['account_id']) }} as account_key,
        account_id,
        account_name,
        case
            when code.main != '' then code.main
            when two_codes.main != '' and two_codes.main = two_codes.other then two_codes.main
        end as main_account,
        case when code.main != '' then code.main || '.' || code.area || '.' || code.func end as account_function,
        nullif(code.grouping, '') as account_grouping
    from accounts
)

select * from final
