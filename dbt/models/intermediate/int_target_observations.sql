-- What was observed of each target, one row per period: from the documents before the series, and those before what the
-- data team entered. A target that was never observed has one row, in the year in which it is due.

with

from_documents as (
    select
        status.document_id,
        status.target_id,
        status.period_id,
        figures.value as actual_value,
        figures.value_qualifier as actual_qualifier,
        figures.value_to as actual_value_to,
        status.stated_status,
        'document' as actual_source,
        status.source_ref as actual_source_ref,
        false as is_over_break,
        1 as priority,
        -- Of two documents that tell the standing in a period, the later one has the last word.
        agreements.dated as reported_on
    from {{ ref('stg_documents__target_status') }} as status
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on status.source_ref = figures.source_ref
    inner join {{ ref('int_agreements') }} as agreements
        on status.reporting_document_id = agreements.document_id
),

from_series as (
    select
        document_id,
        target_id,
        period_id,
        actual_value,
        'exact' as actual_qualifier,
        cast(null as decimal(18, 4)) as actual_value_to,
        cast(null as string) as stated_status,
        'series' as actual_source,
        source_ref as actual_source_ref,
        is_over_break,
        2 as priority,
        cast(null as date) as reported_on
    from {{ ref('int_target_series') }}
),

entered as (
    select
        document_id,
        answers_to as target_id,
        period_id,
        value as actual_value,
        value_qualifier as actual_qualifier,
        value_to as actual_value_to,
        cast(null as string) as stated_status,
        'entered' as actual_source,
        source_ref as actual_source_ref,
        false as is_over_break,
        3 as priority,
        cast(null as date) as reported_on
    from {{ ref('stg_jobmaal__actuals') }}
    where input_table = 'actual_targets'
),

observed as (
    select * from from_documents
    union all
    select * from from_series
    union all
    select * from entered
),

best as (
    select *
    from observed
    -- A figure that cannot be read or is suppressed, and that nothing states in words, gives way to the next.
    qualify row_number() over (
        partition by document_id, target_id, period_id
        order by
            actual_value is null and stated_status is null asc,
            priority asc,
            reported_on desc nulls last,
            actual_source_ref desc
    ) = 1
),

final as (
    select
        targets.document_id,
        targets.target_id,
        -- What was observed without a period stays without one; only what was never observed goes to the due year.
        case
            when best.target_id is null then cast(targets.due_year as string) || 'Y01'
            else best.period_id
        end as period_id,
        best.actual_value,
        best.actual_qualifier,
        best.actual_value_to,
        best.stated_status,
        best.actual_source,
        best.actual_source_ref,
        coalesce(best.is_over_break, false) as is_over_break,
        -- The cell that the series has for it, whichever source was the best.
        series.measure_key as series_measure_key,
        series.area_key as series_area_key,
        series.member as series_member,
        series.baseline_period_id as series_baseline_period_id,
        series.comparison_group_id as series_comparison_group_id
    from {{ ref('int_targets') }} as targets
    left join best
        on
            targets.document_id = best.document_id
            and targets.target_id = best.target_id
    left join {{ ref('int_target_series') }} as series
        on
            best.document_id = series.document_id
            and best.target_id = series.target_id
            and best.period_id = series.period_id
)

select * from final
