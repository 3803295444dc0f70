with

source as (
    select * from {{ source('documents', 'series_breaks') }}
),

renamed as (
    select
        break_id,
        table_id,
        cast(broken_on as date) as broken_on,
        before_table_id,
        break_name
    from source
)

select * from renamed
