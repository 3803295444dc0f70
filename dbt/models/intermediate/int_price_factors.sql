-- What to multiply the money of each year by to have it in the prices of the base year. The row that is marked names the
-- index and its base year; without a mark there is one index, and its last year is the base.

with

indexes as (
    select * from {{ ref('stg_documents__price_index') }}
),

base as (
    select
        price_index_id,
        year,
        index_value
    from indexes
    qualify row_number() over (order by is_base desc, year desc) = 1
),

final as (
    select
        indexes.year,
        indexes.price_index_id,
        base.year as price_base_year,
        cast(base.index_value / indexes.index_value as decimal(20, 16)) as price_factor
    from indexes
    inner join base
        on indexes.price_index_id = base.price_index_id
)

select * from final
