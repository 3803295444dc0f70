with

accounts as (
    select * from {{ ref('int_accounts') }}
),

final as (
    select
        account_key,
        account_id,
        account_name,
        main_account,
        account_function,
        account_grouping
    from accounts
    union all
    select
        -1 as account_key,
        'Ikke oplyst' as account_id,
        'Ikke oplyst' as account_name,
        null as main_account,
        null as account_function,
        null as account_grouping
)

select * from final
order by account_key
