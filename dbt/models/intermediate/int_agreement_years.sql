-- The money and the courses of each document for the same years. A number for a stretch of years cannot be taken apart
-- year by year: it counts where money and courses both cover all of its years, and else limits what is shown.

with

spans as (
    select
        document_id,
        'money' as kind,
        year,
        coalesce(year_to, year) as year_to,
        amount_dkk as value,
        value_qualifier,
        is_level
    from {{ ref('int_budget_rows') }}
    where year is not null
    union all
    select
        document_id,
        'courses' as kind,
        year,
        coalesce(year_to, year) as year_to,
        planned_courses as value,
        value_qualifier,
        false as is_level
    from {{ ref('int_course_rows') }}
    where
        year is not null
        and course_unit = 'forløb'
),

{%- for covered, spans in [('years', 'spans'), ('kept_years', 'kept')] %}
{% if covered == 'kept_years' %}
-- What reaches beyond the years that have both is left out first.
kept as (
    select spans.*
    from spans
    where (
        select bool_and(years.has_money and years.has_courses)
        from years
        where
            spans.document_id = years.document_id
            and years.year between spans.year and spans.year_to
    )
),
{% endif %}
{{ covered }}_by_kind as (
    select distinct
        document_id,
        kind,
        unnest(range(cast(year as bigint), cast(year_to as bigint) + 1)) as year
    from {{ spans }}
),

{{ covered }} as (
    select
        document_id,
        year,
        bool_or(kind = 'money') as has_money,
        bool_or(kind = 'courses') as has_courses
    from {{ covered }}_by_kind
    group by document_id, year
),
{%- endfor %}

-- Years that a kept number joins are shared together or not at all.
stretches as (
    select
        *,
        count(*) filter (
            where not exists (
                select 1 from kept
                where
                    kept.document_id = kept_years.document_id
                    and kept.year < kept_years.year
                    and kept.year_to >= kept_years.year
            )
        ) over (
            partition by document_id
            order by year
        ) as stretch_no
    from kept_years
),

shared as (
    select
        document_id,
        year
    from stretches
    qualify bool_and(has_money and has_courses) over (partition by document_id, stretch_no)
),

-- A number of which only some years are shared is one that is missing: what is shown is at least reached.
counted as (
    select
        spans.document_id,
        spans.kind,
        spans.value_qualifier,
        case
            when count(*) = any_value(spans.year_to) - any_value(spans.year) + 1
                then any_value(spans.value)
        end as value
    from (select *, row_number() over () as span_no from spans) as spans
    inner join shared
        on
            spans.document_id = shared.document_id
            and shared.year between spans.year and spans.year_to
    group by spans.document_id, spans.kind, spans.span_no, spans.value_qualifier
),

summed as (
    select
        document_id,
        {%- for kind in ['money', 'courses'] %}
        sum(value) filter (where kind = '{{ kind }}') as {{ kind }},
        {{ qualifier_of_sum('value', 'value_qualifier', among="kind = '" ~ kind ~ "'") }} as {{ kind }}_qualifier
        {{- ',' if not loop.last }}
        {%- endfor %}
    from counted
    group by document_id
),

in_words as (
    select
        years.document_id,
        {{ years_in_words('case when years.has_money then years.year end') }} as money_years,
        {{ years_in_words('case when years.has_courses then years.year end') }} as course_years,
        {{ years_in_words('shared.year') }} as shared_years
    from years
    left join shared
        on
            years.document_id = shared.document_id
            and years.year = shared.year
    group by years.document_id
),

-- Levels that replace each other are no money that could stand beside courses.
with_levels as (
    select distinct document_id from spans
    where is_level
),

final as (
    select
        in_words.document_id,
        in_words.money_years,
        in_words.course_years,
        case when with_levels.document_id is null then in_words.shared_years end as shared_years,
        case when with_levels.document_id is null then cast(summed.money as decimal(18, 2)) end as shared_years_dkk,
        case when with_levels.document_id is null then summed.money_qualifier end as shared_years_dkk_qualifier,
        case
            when with_levels.document_id is null then cast(summed.courses as decimal(18, 4))
        end as shared_years_courses,
        case when with_levels.document_id is null then summed.courses_qualifier end as shared_years_courses_qualifier
    from in_words
    left join summed
        on in_words.document_id = summed.document_id
    left join with_levels
        on in_words.document_id = with_levels.document_id
)

select * from final
