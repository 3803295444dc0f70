with

replies as (
    select * from {{ ref('stg_jobindsats__replies') }}
),

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
    from replies
)

select * from final
order by source_ref
