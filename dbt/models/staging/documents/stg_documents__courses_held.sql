with

source as (
    select * from {{ source('documents', 'courses_held') }}
),

renamed as (
    select
        {{ source_ref('figure_id') }} as source_ref,
        {{ source_ref('course_figure_id') }} as course_source_ref,
        period_id
    from source
)

select * from renamed
