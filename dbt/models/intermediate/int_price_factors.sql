-- What brings the money of each year to the prices of the base year.

with

indexes as (
    select * from {{ ref('int_price_index') }}
),

final as (
    select
        indexes.year,
        cast(base.index_value / indexes.index_value as decimal(20, 16)) as price_factor
    from indexes
    inner join indexes as base
        on indexes.price_index_id = base.price_index_id
    where base.is_base
)

select * from final
