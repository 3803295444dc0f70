-- The money and the courses of each document for the same years. A number for a stretch of years cannot be taken apart
-- year by year: it counts where money and courses both cover all of its years, and else limits what is shown.

with

spans as (
    select
        document_id,
        source_ref || '-money' as span_id,
        'money' as kind,
        year,
        coalesce(year_to, year) as year_to,
        amount_dkk as value,
        value_qualifier,
        is_level,
        price_factor
    from {{ ref('int_budget_rows') }}
    where year is not null
    union all
    select
        document_id,
        source_ref || '-courses' as span_id,
        'courses' as kind,
        year,
        coalesce(year_to, year) as year_to,
        planned_courses as value,
        value_qualifier,
        false as is_level,
        null as price_factor
    from {{ ref('int_course_rows') }}
    where
        year is not null
        and course_unit = 'forløb'
),

documents as (
    select document_id from spans
    union
    select document_id from {{ ref('int_stated_totals') }}
),

covered as (
    select
        *,
        unnest(range(cast(year as bigint), cast(year_to as bigint) + 1)) as covered_year
    from spans
),

years as (
    select
        document_id,
        covered_year,
        bool_or(kind = 'money') as has_money,
        bool_or(kind = 'courses') as has_courses
    from covered
    group by document_id, covered_year
),

-- What reaches beyond the years that have both is left out first.
kept as (
    select covered.*
    from covered
    inner join years
        on
            covered.document_id = years.document_id
            and covered.covered_year = years.covered_year
    qualify bool_and(years.has_money and years.has_courses) over (
        partition by covered.document_id, covered.span_id, covered.year
    )
),

kept_years as (
    select
        document_id,
        covered_year,
        bool_or(kind = 'money') as has_money,
        bool_or(kind = 'courses') as has_courses,
        bool_and(covered_year = year) as is_start
    from kept
    group by document_id, covered_year
),

-- Years that a kept number joins are shared together or not at all.
stretches as (
    select
        *,
        count(*) filter (where is_start) over (
            partition by document_id
            order by covered_year
        ) as stretch_no
    from kept_years
),

-- Levels that replace each other are no money that could be shown with courses: their document shares no year.
shared as (
    select
        document_id,
        covered_year
    from stretches
    where
        document_id not in (
            select spans.document_id
            from spans
            where spans.is_level
        )
    qualify bool_and(has_money and has_courses) over (partition by document_id, stretch_no)
),

-- A number of which only some years are shared is one that is missing: what is shown is at least reached.
counted as (
    select
        covered.document_id,
        covered.kind,
        covered.value_qualifier,
        case
            when count(*) = max(covered.year_to) - max(covered.year) + 1
                then max(covered.value)
        end as value,
        max(covered.price_factor) as price_factor
    from covered
    inner join shared
        on
            covered.document_id = shared.document_id
            and covered.covered_year = shared.covered_year
    group by covered.document_id, covered.kind, covered.span_id, covered.year, covered.value_qualifier
),

summed as (
    select
        document_id,
        sum(value) filter (where kind = 'money') as money_dkk,
        {{ qualifier_of_sum('value', 'value_qualifier', among="kind = 'money'") }} as money_qualifier,
        {{ sum_in_constant_prices('value', 'price_factor', among="kind = 'money'") }} as money_constant_dkk,
        sum(value) filter (where kind = 'courses') as planned_courses,
        {{ qualifier_of_sum('value', 'value_qualifier', among="kind = 'courses'") }} as courses_qualifier
    from counted
    group by document_id
),

in_words as (
    select
        documents.document_id,
        {{ years_in_words('case when years.has_money then years.covered_year end') }} as money_years,
        {{ years_in_words('case when years.has_courses then years.covered_year end') }} as course_years,
        {{ years_in_words('shared.covered_year') }} as shared_years
    from documents
    left join years
        on documents.document_id = years.document_id
    left join shared
        on
            years.document_id = shared.document_id
            and years.covered_year = shared.covered_year
    group by documents.document_id
),

stated as (
    select
        document_id,
        cast(sum(value) as decimal(18, 2)) as stated_total_dkk,
        {{ qualifier_of_sum('value', 'value_qualifier') }} as stated_total_qualifier,
        {{ sum_in_constant_prices('value', 'price_factor') }} as stated_total_constant_dkk
    from {{ ref('int_stated_totals') }}
    where coalesce(theme_name, line_name, account_id) is null
    group by document_id
),

constant_money as (
    select
        document_id,
        {%- for line_type in ['itemised', 'unitemised'] %}
            {{ sum_in_constant_prices(
                'amount_dkk', 'price_factor', among="line_type = '" ~ line_type ~ "'", or_zero=true
            ) }} as {{ line_type }}_constant_dkk,
        {%- endfor %}
        {{ sum_in_constant_prices('amount_dkk', 'price_factor') }} as total_constant_dkk
    from {{ ref('int_budget_rows') }}
    group by document_id
),

final as (
    select
        in_words.document_id,
        in_words.money_years,
        in_words.course_years,
        in_words.shared_years,
        cast(summed.money_dkk as decimal(18, 2)) as shared_years_dkk,
        summed.money_qualifier as shared_years_dkk_qualifier,
        cast(summed.planned_courses as decimal(18, 4)) as shared_years_courses,
        summed.courses_qualifier as shared_years_courses_qualifier,
        stated.stated_total_dkk,
        stated.stated_total_qualifier,
        summed.money_constant_dkk as shared_years_constant_dkk,
        stated.stated_total_constant_dkk,
        constant_money.itemised_constant_dkk,
        constant_money.unitemised_constant_dkk,
        constant_money.total_constant_dkk
    from in_words
    left join constant_money
        on in_words.document_id = constant_money.document_id
    left join summed
        on in_words.document_id = summed.document_id
    left join stated
        on in_words.document_id = stated.document_id
)

select * from final
