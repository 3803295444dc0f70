-- Every period that a fact speaks of.

with

named as (
    select period_id from {{ ref('int_target_observations') }}
    union
    select period_id from {{ ref('stg_documents__levels') }}
    union
    select period_id from {{ ref('stg_jobmaal__actuals') }}
    union
    select period_id from {{ ref('stg_jobindsats__periods') }}
),

final as (
    select
        period_id,
        {{ period_type('period_id') }} as period_type,
        {{ period_end('period_id') }} as period_end
    from named
    where period_id is not null
)

select * from final
