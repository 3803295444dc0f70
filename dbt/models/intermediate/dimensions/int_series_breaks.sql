-- Each break of a series under its key.

with

final as (
    select
        {{ surrogate_key(['break_id']) }} as series_break_key,
        break_id,
        break_name,
        broken_on,
        table_id,
        before_table_id
    from {{ ref('stg_documents__series_breaks') }}
)

select * from final
