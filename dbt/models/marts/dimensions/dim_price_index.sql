with

indexes as (
    select * from {{ ref('int_price_index') }}
),

final as (
    select
        price_index_key,
        price_index_id,
        price_index_name,
        cast(year as bigint) as year_key,
        year,
        index_value,
        is_base,
        index_source as source
    from indexes
    union all
    select
        -1 as price_index_key,
        'Ikke oplyst' as price_index_id,
        'Ikke oplyst' as price_index_name,
        -1 as year_key,
        null as year,
        null as index_value,
        false as is_base,
        'Ikke oplyst' as source
)

select * from final
order by price_index_key
