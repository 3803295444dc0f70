with

periods as (
    select * from {{ ref('int_periods') }}
),

final as (
    select
        {{ surrogate_key(['period_id']) }} as period_key,
        period_id,
        period_type,
        {{ period_start('period_id') }} as period_start,
        period_end,
        cast(extract(year from period_end) as bigint) as year_key
    from periods
    union all
    select
        -1 as period_key,
        'Ikke oplyst' as period_id,
        'Ikke oplyst' as period_type,
        null as period_start,
        null as period_end,
        -1 as year_key
)

select * from final
order by period_key
