with

accounts as (
    select * from {{ ref('stg_documents__accounts') }}
),

final as (
    select
        {{ surrogate_key(['account_id']) }} as account_key,
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
