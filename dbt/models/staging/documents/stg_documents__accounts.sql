with

source as (
    select * from {{ source('documents', 'accounts') }}
),

renamed as (
    select
        account_id,
        account_name
    from source
)

select * from renamed
