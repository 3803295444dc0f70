-- The price indexes, with the year and so the index whose prices the reports use: the row that is marked, or the last
-- year of the only index.

with

indexes as (
    select
        *,
        row_number() over (
            order by is_marked desc, year desc
        ) = 1 as is_base
    from {{ ref('stg_documents__price_index') }}
),

final as (
    select
        {{ surrogate_key(['price_index_id', 'year']) }} as price_index_key,
        price_index_id,
        price_index_name,
        year,
        index_value,
        is_base,
        index_source
    from indexes
)

select * from final
