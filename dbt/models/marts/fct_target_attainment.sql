with

observations as (
    select * from {{ ref('int_target_observations') }}
),

targets as (
    select * from {{ ref('int_targets') }}
),

judged as (
    select
        targets.*,
        observations.period_id,
        observations.actual_value,
        observations.actual_source,
        observations.actual_source_ref,
        {{ attainment_ratio('targets.comparator', 'targets.target_value', 'targets.value_to', 'observations.actual_value') }}
            as attainment_ratio,
        case
            when targets.is_not_set then 'not_set'
            when observations.stated_status is not null then observations.stated_status
            when {{ is_met('targets.comparator', 'targets.target_value', 'targets.value_to', 'observations.actual_value') }}
                then 'met'
            when not {{ is_met('targets.comparator', 'targets.target_value', 'targets.value_to', 'observations.actual_value') }}
                then 'not_met'
            else 'not_measured'
        end as attainment_status
    from observations
    inner join targets
        on
            observations.document_id = targets.document_id
            and observations.target_id = targets.target_id
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
        source_ref
    from dated
)

select * from final
order by attainment_key
