with

accounts as (
    select * from {{ ref('int_accounts') }}
),

final as (
    select
        account_key,
        account_id,
        account_name
    from accounts
    union all
    select
        -1 as account_key,
        'Ikke oplyst' as account_id,
        'Ikke oplyst' as account_name
)

select * from final
order by account_key
