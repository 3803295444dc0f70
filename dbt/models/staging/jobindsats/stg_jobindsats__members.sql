with

source as (
    select * from {{ source('jobindsats', 'read_members') }}
),

renamed as (
    select
        member_no,
        table_id,
        member,
        is_total
    from source
)

select * from renamed
