with

periods as (
    select * from {{ ref('int_periods') }}
),

final as (
    select
        {{ surrogate_key(['period_id']) }} as period_key,
        period_id,
        period_type,
        cast(period_end + interval 1 day - to_months({{ period_months('period_id') }}) as date) as period_start,
        period_end,
        cast(extract(year from period_end) as bigint) as year_key
    from periods
    union all
    select
        -1,
        'Ikke oplyst',
        'Ikke oplyst',
        null,
        null,
        -1
)

select * from final
order by period_key
