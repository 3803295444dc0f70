with

source as (
    select * from {{ source('jobindsats', 'read_responses') }}
),

renamed as (
    select
        source.response_no,
        source.source_ref,
        source.table_id,
        source.delivery,
        source.retrieved_at,
        source.released_at,
        source.source as reply_source,
        source.request,
        source.sha256,
        source.file as landed_file,
        source.rows as reply_rows,
        source.cells as reply_cells
    from source
)

select * from renamed
