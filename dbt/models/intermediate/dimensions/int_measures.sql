-- The measures of the documents' own statistics and those of the series, under their keys. A document stands for the
-- table of its measures.

with

measures as (
    select
        document_id as table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better,
        cast(null as string) as measure_kind,
        cast(null as string) as suppression_group
    from {{ ref('stg_documents__measures') }}
    union all
    select
        table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better,
        measure_kind,
        suppression_group
    from {{ ref('stg_jobindsats__measures') }}
),

final as (
    select
        {{ surrogate_key(['table_id', 'measure_id']) }} as measure_key,
        table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better,
        measure_kind,
        suppression_group
    from measures
)

select * from final
