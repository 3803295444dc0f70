-- One row per planned number and year: a yearly number comes again each year, one for a whole stretch stands in its
-- first year.

with

courses as (
    select
        courses.*,
        {{ figure_columns('figures') }},
        figures.unit as course_unit
    from {{ ref('stg_documents__courses') }} as courses
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on courses.source_ref = figures.source_ref
),

per_year as (
    {{ per_year('courses') }}
),

final as (
    select
        per_year.document_id,
        per_year.figure_id,
        per_year.initiative_no,
        per_year.year,
        per_year.year_to,
        initiatives.booked_unit_id as unit_id,
        coalesce(per_year.target_group_id, initiatives.target_group_id) as target_group_id,
        per_year.course_unit,
        per_year.value as planned_courses,
        per_year.value_qualifier,
        per_year.value_to,
        per_year.value_status,
        per_year.source_ref
    from per_year
    left join {{ ref('int_initiatives') }} as initiatives
        on
            per_year.document_id = initiatives.document_id
            and per_year.initiative_no = initiatives.initiative_no
)

select * from final
