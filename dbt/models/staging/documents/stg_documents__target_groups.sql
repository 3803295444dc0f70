with

source as (
    select * from {{ source('documents', 'target_groups') }}
),

renamed as (
    select
        _document_id as document_id,
        target_group_id,
        target_group_name,
        benefit,
        cast(match_group_from as integer) as match_group_from,
        cast(match_group_to as integer) as match_group_to,
        cast(age_from as integer) as age_from,
        cast(age_to as integer) as age_to,
        {{ source_ref('figure_id') }} as source_ref
    from source
)

select * from renamed
