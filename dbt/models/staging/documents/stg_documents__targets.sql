with

source as (
    select * from {{ source('documents', 'targets') }}
),

renamed as (
    select
        _document_id as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        figure_id as target_id,
        initiative_no,
        theme_no,
        target_group_id,
        target_name,
        target_level,
        target_kind,
        comparator,
        cast(due_year as integer) as due_year,
        cast(due_date as date) as due_date,
        area_name,
        {{ source_ref('supersedes') }} as supersedes_source_ref,
        cast(valid_from as date) as valid_from,
        {{ source_ref('baseline_figure_id') }} as baseline_source_ref
    from source
)

select * from renamed
