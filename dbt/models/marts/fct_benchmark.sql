with

levels as (
    select * from {{ ref('int_levels') }}
),

final as (
    select
        {{ surrogate_key(['document_id', 'measure_id', 'area_name', 'coalesce(period_id, \'\')', 'member']) }}
            as benchmark_key,
        document_id as table_id,
        {{ surrogate_key(['document_id', 'measure_id']) }} as measure_key,
        {{ surrogate_key(['area_name']) }} as area_key,
        {{ surrogate_key(['period_id']) }} as period_key,
        member,
        is_total,
        value,
        value_to,
        value_qualifier,
        value_status,
        cast(dated as timestamp with time zone) as released_at,
        source_ref
    from levels
)

select * from final
order by table_id, benchmark_key
