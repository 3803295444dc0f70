with

breaks as (
    select * from {{ ref('int_series_breaks') }}
),

final as (
    select
        series_break_key,
        break_id,
        break_name,
        broken_on,
        table_id,
        before_table_id
    from breaks
    union all
    select
        -1 as series_break_key,
        'Ikke oplyst' as break_id,
        'Ikke oplyst' as break_name,
        null as broken_on,
        'Ikke oplyst' as table_id,
        null as before_table_id
)

select * from final
order by series_break_key
