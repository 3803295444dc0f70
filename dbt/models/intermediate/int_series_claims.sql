-- What the series claim: of themselves, counted over each release; and of a target, where a document tells its
-- standing for the same period. None of it ever stops a release.

with

of_itself as (
    select
        table_id,
        rule as claim_kind,
        'series:' || table_id || ':' || rule || ':' || delivery as claim_id,
        'release retrieved ' || strftime(retrieved_at, '%Y-%m-%d %H:%M') || ' UTC' as scope,
        'Udgivelsen hentet ' || strftime(retrieved_at, '%d.%m.%Y kl. %H:%M') || ' UTC' as scope_da,
        cast(null as decimal(18, 4)) as stated_value,
        cast(null as decimal(18, 4)) as computed_value,
        tolerance,
        unit,
        cells_checked,
        cells_deviating,
        source_ref
    from {{ ref('stg_jobindsats__claims') }}
),

standings as (
    select
        status.document_id,
        status.target_id,
        status.period_id,
        status.stated_status,
        figures.value as stated_value,
        -- Half a unit of the last digit that is printed; a place is exact.
        case
            when targets.unit = 'nr.' then 0
            else cast(0.5 / power(10, length(regexp_extract(figures.raw_text, ',([0-9]+)', 1))) as decimal(18, 4))
        end as half_digit,
        targets.unit,
        {{ is_met('targets.comparator', 'targets.target_value', 'targets.value_to', 'series.actual_value') }} as is_met,
        series.table_id,
        series.actual_value,
        series.source_ref
    from {{ ref('stg_documents__target_status') }} as status
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on status.source_ref = figures.source_ref
    inner join {{ ref('int_targets') }} as targets
        on
            status.document_id = targets.document_id
            and status.target_id = targets.target_id
    inner join {{ ref('int_target_series') }} as series
        on
            status.document_id = series.document_id
            and status.target_id = series.target_id
            and status.period_id = series.period_id
    where series.actual_value is not null
),

of_targets as (
    select
        table_id,
        'target_standing' as claim_kind,
        'series:' || table_id || ':target_standing:' || document_id || ':' || target_id || ':' || period_id as claim_id,
        'the standing of ' || document_id || ':' || target_id || ' in ' || period_id as scope,
        'Status for målet ' || document_id || ':' || target_id || ' i ' || period_id as scope_da,
        stated_value,
        case when stated_value is not null then actual_value end as computed_value,
        case when stated_value is not null then half_digit end as tolerance,
        unit,
        cast(1 as bigint) as cells_checked,
        cast(
            case
                when stated_value is not null
                    then abs(stated_value - actual_value) > half_digit
                else is_met != (stated_status = 'met')
            end as bigint
        ) as cells_deviating,
        source_ref
    from standings
    where stated_value is not null or (stated_status in ('met', 'not_met') and is_met is not null)
),

final as (
    select * from of_itself
    union all
    select * from of_targets
)

select * from final
