-- How each table of Jobindsats came into the build: whole, with what is new, or as the release before has it.

with

final as (
    select
        table_id,
        how
    from {{ ref('stg_jobindsats__tables') }}
)

select * from final
