-- What the series tell of the targets that name a measure: a row per target and period that the series has for the
-- area. A suppressed value shows nothing, nor does a place or a gap where nothing is ranked for it.

with

measured as (
    select
        series.document_id,
        series.target_id,
        series.comparison_group_id,
        series.baseline_period_id,
        targets.target_kind,
        targets.unit,
        targets.baseline_value as printed_baseline,
        targets.area_name as other_area_name,
        cells.*,
        {{ surrogate_key(['series.comparison_group_id']) }} as comparison_group_key
    from {{ ref('stg_documents__target_series') }} as series
    inner join {{ ref('int_targets') }} as targets
        on
            series.document_id = targets.document_id
            and series.target_id = targets.target_id
    inner join {{ ref('int_compared_cells') }} as cells
        on
            series.table_id = cells.table_id
            and series.measure_id = cells.measure_id
            and series.measured_area_name = cells.area_name
            and (series.member = cells.member or (series.member = 'I alt' and cells.is_total))
),

beside as (
    select
        measured.*,
        ranks.rank,
        ranks.gap_to_best,
        baseline_ranks.gap_to_best as baseline_gap,
        coalesce(measured.printed_baseline, baselines.value) as baseline,
        other_areas.value as other_value,
        coalesce(baselines.series_segment != measured.series_segment, false) as is_over_break
    from measured
    left join {{ ref('fct_benchmark_rank') }} as ranks
        on
            measured.comparison_group_key = ranks.comparison_group_key
            and measured.measure_key = ranks.measure_key
            and measured.member = ranks.member
            and measured.area_key = ranks.area_key
            and measured.period_key = ranks.period_key
    left join {{ ref('int_compared_cells') }} as baselines
        on
            measured.table_id = baselines.table_id
            and measured.measure_id = baselines.measure_id
            and measured.member = baselines.member
            and measured.area_name = baselines.area_name
            and measured.baseline_period_id = baselines.period_id
    left join {{ ref('fct_benchmark_rank') }} as baseline_ranks
        on
            measured.comparison_group_key = baseline_ranks.comparison_group_key
            and baselines.measure_key = baseline_ranks.measure_key
            and baselines.member = baseline_ranks.member
            and baselines.area_key = baseline_ranks.area_key
            and baselines.period_key = baseline_ranks.period_key
    left join {{ ref('int_compared_cells') }} as other_areas
        on
            measured.table_id = other_areas.table_id
            and measured.measure_id = other_areas.measure_id
            and measured.member = other_areas.member
            and measured.other_area_name = other_areas.area_name
            and measured.period_id = other_areas.period_id
),

final as (
    select
        document_id,
        target_id,
        table_id,
        period_id,
        {{ actual_of_series(
            'target_kind', 'unit', 'higher_is_better', 'value', 'baseline', 'rank', 'other_value', 'gap_to_best',
            'baseline_gap'
        ) }} as actual_value,
        is_over_break,
        source_ref,
        measure_key,
        area_key,
        member,
        baseline_period_id,
        comparison_group_id
    from beside
    -- A group that is not complete ranks nobody, in no period: its targets have no series yet.
    where
        comparison_group_id is null
        or exists (
            select 1 from {{ ref('fct_benchmark_rank') }} as ranks
            where
                beside.comparison_group_key = ranks.comparison_group_key
                and beside.measure_key = ranks.measure_key
        )
)

select * from final
