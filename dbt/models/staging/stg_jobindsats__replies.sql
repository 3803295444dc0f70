with

source as (
    select * from {{ source('raw', 'read_replies') }}
),

renamed as (
    select
        reply_no,
        source_ref,
        table_id,
        delivery,
        retrieved_at,
        released_at,
        source as reply_source,
        request,
        sha256,
        file as landed_file,
        rows as reply_rows,
        cells as reply_cells
    from source
)

select * from renamed
