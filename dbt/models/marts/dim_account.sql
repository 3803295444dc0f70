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
        -1,
        'Ikke oplyst',
        'Ikke oplyst'
)

select * from final
order by account_key
