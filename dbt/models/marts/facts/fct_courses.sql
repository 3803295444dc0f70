with

planned as (
    select * from {{ ref('int_course_rows') }}
),

final as (
    select
        {{ surrogate_key(['source_ref', 'coalesce(cast(year as varchar), \'\')']) }} as course_key,
        document_id,
        {{ surrogate_key(['document_id']) }} as agreement_key,
        {{ surrogate_key(['document_id', 'initiative_no']) }} as initiative_key,
        coalesce(year, -1) as year_key,
        year_to,
        {{ surrogate_key(['unit_id']) }} as jobcenter_key,
        {{ surrogate_key(['document_id', 'target_group_id']) }} as target_group_key,
        course_unit,
        planned_courses,
        value_qualifier,
        value_to,
        value_status,
        source_ref
    from planned
)

select * from final
order by course_key
