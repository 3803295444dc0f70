-- The money and the courses of each document for the same years. A number for a stretch of years cannot be told apart
-- year by year, so years that a stretch joins are shared only if money and courses both cover all of them.

with

spans as (
    select
        document_id,
        'money' as kind,
        year,
        coalesce(year_to, year) as year_to,
        amount_dkk,
        cast(null as decimal(18, 4)) as planned_courses,
        is_level
    from {{ ref('int_budget_rows') }}
    where year is not null
    union all
    select
        document_id,
        'courses' as kind,
        year,
        coalesce(year_to, year) as year_to,
        null as amount_dkk,
        planned_courses,
        false as is_level
    from {{ ref('int_course_rows') }}
    where
        year is not null
        and course_unit = 'forløb'
),

covered_years as (
    select distinct
        document_id,
        kind,
        unnest(range(cast(year as bigint), cast(year_to as bigint) + 1)) as year
    from spans
),

years as (
    select
        document_id,
        year,
        bool_or(kind = 'money') as has_money,
        bool_or(kind = 'courses') as has_courses
    from covered_years
    group by document_id, year
),

started as (
    select
        years.*,
        not exists (
            select 1 from spans
            where
                spans.document_id = years.document_id
                and spans.year < years.year
                and spans.year_to >= years.year
        ) as is_start
    from years
),

stretches as (
    select
        *,
        count(*) filter (where is_start) over (
            partition by document_id
            order by year
        ) as stretch_no
    from started
),

shared as (
    select
        *,
        bool_and(has_money and has_courses) over (partition by document_id, stretch_no) as is_shared
    from stretches
),

in_words as (
    select
        document_id,
        {{ years_in_words('case when has_money then year end') }} as money_years,
        {{ years_in_words('case when has_courses then year end') }} as course_years,
        {{ years_in_words('case when is_shared then year end') }} as shared_years
    from shared
    group by document_id
),

summed as (
    select
        spans.document_id,
        sum(spans.amount_dkk) as amount_dkk,
        sum(spans.planned_courses) as planned_courses
    from spans
    inner join shared
        on
            spans.document_id = shared.document_id
            and spans.year = shared.year
    where shared.is_shared
    group by spans.document_id
),

with_levels as (
    select distinct document_id from spans
    where is_level
),

final as (
    select
        in_words.document_id,
        in_words.money_years,
        in_words.course_years,
        -- Levels that replace each other are no money that could stand beside courses.
        case when with_levels.document_id is null then in_words.shared_years end as shared_years,
        case
            when with_levels.document_id is null then cast(summed.amount_dkk as decimal(18, 2))
        end as shared_years_dkk,
        case
            when with_levels.document_id is null then cast(summed.planned_courses as decimal(18, 4))
        end as shared_years_courses
    from in_words
    left join summed
        on in_words.document_id = summed.document_id
    left join with_levels
        on in_words.document_id = with_levels.document_id
)

select * from final
