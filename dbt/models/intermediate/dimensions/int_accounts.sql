-- Each account under its key.

with

final as (
    select
        {{ surrogate_key(['account_id']) }} as account_key,
        account_id,
        account_name
    from {{ ref('stg_documents__accounts') }}
)

select * from final
