with

measures as (
    select * from {{ ref('int_measures') }}
),

final as (
    select
        measure_key,
        table_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better,
        measure_kind,
        suppression_group
    from measures
    union all
    select
        -1 as measure_key,
        'Ikke oplyst' as table_id,
        'Ikke oplyst' as measure_id,
        'Ikke oplyst' as measure_name,
        null as unit,
        null as higher_is_better,
        null as measure_kind,
        null as suppression_group
)

select * from final
order by measure_key
