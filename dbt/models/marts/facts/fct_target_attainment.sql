with

observations as (
    select * from {{ ref('int_target_observations') }}
),

targets as (
    select * from {{ ref('int_targets') }}
),

beside as (
    select
        targets.*,
        observations.period_id,
        observations.actual_value,
        observations.actual_qualifier,
        observations.actual_value_to,
        observations.stated_status,
        observations.actual_source,
        observations.actual_source_ref,
        observations.is_over_break,
        observations.series_measure_key,
        observations.series_area_key,
        observations.series_member,
        observations.series_baseline_period_id,
        observations.series_comparison_group_id
    from observations
    inner join targets
        on
            observations.document_id = targets.document_id
            and observations.target_id = targets.target_id
),

compared as (
    select
        *,
        {{ is_met('comparator', 'target_value', 'value_to', 'actual_value') }} as is_number_met,
        {{ attainment_ratio('comparator', 'target_value', 'value_to', 'actual_value') }} as ratio_of_numbers
    from beside
),

judged as (
    select
        *,
        case
            when is_not_set then 'not_set'
            when stated_status is not null then stated_status
            when is_number_met then 'met'
            when not is_number_met then 'not_met'
            else 'not_measured'
        end as attainment_status,
        -- Where the document says otherwise than the numbers, a ratio of the numbers would contradict the status.
        case
            when stated_status is null or is_number_met = (stated_status = 'met') then ratio_of_numbers
        end as attainment_ratio
    from compared
),

dated as (
    select
        judged.*,
        row_number() over (
            partition by judged.document_id, judged.target_id
            order by periods.period_end desc nulls last, judged.period_id desc
        ) = 1 as is_latest,
        cast(extract(year from periods.period_end) as bigint) as period_year
    from judged
    left join {{ ref('int_periods') }} as periods
        on judged.period_id = periods.period_id
),

final as (
    select
        {{ surrogate_key(['document_id', 'target_id', 'coalesce(period_id, \'\')']) }} as attainment_key,
        {{ surrogate_key(['document_id', 'target_id']) }} as target_key,
        document_id,
        {{ surrogate_key(['document_id']) }} as agreement_key,
        {{ surrogate_key(['document_id', 'initiative_no']) }} as initiative_key,
        {{ surrogate_key(['unit_id']) }} as jobcenter_key,
        {{ surrogate_key(['document_id', 'own_target_group_id']) }} as target_group_key,
        {{ surrogate_key(['period_id']) }} as period_key,
        coalesce(period_year, -1) as year_key,
        actual_value,
        actual_source,
        actual_source_ref,
        attainment_ratio,
        attainment_status,
        is_latest,
        is_over_break,
        source_ref,
        actual_qualifier,
        actual_value_to,
        is_current,
        coalesce(series_measure_key, -1) as series_measure_key,
        coalesce(series_area_key, -1) as series_area_key,
        series_member,
        {{ surrogate_key(['series_baseline_period_id']) }} as series_baseline_period_key,
        {{ surrogate_key(['series_comparison_group_id']) }} as series_comparison_group_key
    from dated
)

select * from final
order by attainment_key
