-- The responses of Jobindsats that the build reads, and whether they are made up.

with

final as (
    select
        source_ref,
        table_id,
        retrieved_at,
        released_at,
        delivery,
        reply_source,
        reply_source = 'synthetic' as is_synthetic,
        request,
        sha256,
        landed_file,
        reply_rows,
        reply_cells
    from {{ ref('stg_jobindsats__responses') }}
)

select * from final
