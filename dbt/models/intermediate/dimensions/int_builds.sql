-- The build in hand.

with

final as (
    select * from {{ ref('stg_jobmaal__build') }}
)

select * from final
