-- The courses that were held and the money that was spent of what was planned, each once: as documents report it and as
-- the data team enters it without one. What lies within the period of another report is in that one already; of the
-- same period, a document's goes before what was entered, and the later document's before the earlier one's. A line's
-- money is also that of its parts.

with

parts as (
    select
        source_ref,
        part_of_source_ref
    from {{ ref('stg_documents__budget_lines') }}
    where part_of_source_ref is not null
),

entered as (
    select
        input_table = 'actual_courses' as is_courses,
        document_id || ':' || answers_to as planned_source_ref,
        value,
        {{ period_start('period_id') }} as period_start,
        {{ period_end('period_id') }} as period_end,
        source_ref,
        cast(null as date) as reported_on
    from {{ ref('stg_jobmaal__actuals') }}
    where input_table in ('actual_courses', 'actual_amounts')
),

held as (
    select
        true as is_courses,
        held.course_source_ref as planned_source_ref,
        figures.value,
        {{ period_start('held.period_id') }} as period_start,
        {{ period_end('held.period_id') }} as period_end,
        held.source_ref,
        coalesce(agreements.dated, make_date(agreements.year_from, 1, 1)) as reported_on
    from {{ ref('stg_documents__courses_held') }} as held
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on held.source_ref = figures.source_ref
    inner join {{ ref('int_agreements') }} as agreements
        on split_part(held.source_ref, ':', 1) = agreements.document_id
),

-- What is spent by a day is spent since the year began.
spent as (
    select
        false as is_courses,
        budget_source_ref as planned_source_ref,
        amount_dkk as value,
        make_date(year, 1, 1) as period_start,
        least(as_of, make_date(year, 12, 31)) as period_end,
        source_ref,
        as_of as reported_on
    from {{ ref('int_budget_followups') }}
    where
        phase = 'spent'
        and budget_source_ref is not null
        and not is_part
),

reported as (
    select * from entered
    union all
    select * from held
    union all
    select * from spent
),

known as (
    select
        reported.*,
        coalesce(parts.part_of_source_ref, reported.planned_source_ref) as whole_source_ref
    from reported
    left join parts
        on reported.planned_source_ref = parts.source_ref
    where reported.value is not null
),

final as (
    select
        is_courses,
        planned_source_ref,
        value,
        period_start,
        period_end,
        source_ref
    from known
    where
        not exists (
            select 1
            from known as other
            where
                other.source_ref != known.source_ref
                and other.is_courses = known.is_courses
                and other.planned_source_ref in (known.planned_source_ref, known.whole_source_ref)
                and other.period_start <= known.period_start
                and other.period_end >= known.period_end
                and (
                    other.period_start < known.period_start
                    or other.period_end > known.period_end
                    or other.planned_source_ref != known.planned_source_ref
                    or (coalesce(other.reported_on, date '0001-01-01'), other.source_ref)
                    > (coalesce(known.reported_on, date '0001-01-01'), known.source_ref)
                )
        )
)

select * from final
