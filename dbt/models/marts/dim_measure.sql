with

measures as (
    select
        document_id as table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better
    from {{ ref('stg_documents__measures') }}
    union all
    select
        table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better
    from {{ ref('stg_jobindsats__measures') }}
),

final as (
    select
        {{ surrogate_key(['table_id', 'measure_id']) }} as measure_key,
        table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better
    from measures
    union all
    select
        -1 as measure_key,
        'Ikke oplyst' as table_id,
        'Ikke oplyst' as measure_id,
        'Ikke oplyst' as measure_name,
        null as unit,
        null as higher_is_better
)

select * from final
order by measure_key
