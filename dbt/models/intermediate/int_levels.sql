-- The documents' own statistics with their values.

with

final as (
    select
        levels.document_id,
        levels.measure_id,
        levels.area_name,
        levels.period_id,
        levels.member,
        levels.is_total,
        {{ figure_columns('figures') }},
        agreements.dated,
        levels.source_ref
    from {{ ref('stg_documents__levels') }} as levels
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on levels.source_ref = figures.source_ref
    inner join {{ ref('stg_documents__agreements') }} as agreements
        on levels.document_id = agreements.document_id
)

select * from final
