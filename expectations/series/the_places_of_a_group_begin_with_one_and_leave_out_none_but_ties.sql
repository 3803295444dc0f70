with placed as (
    select
        table_id,
        measure_key,
        member,
        period_key,
        comparison_group_key,
        rank,
        areas_ranked,
        gap_to_best,
        row_number() over ordered as place,
        lag(rank) over ordered as rank_before,
        count(*) over ranking as areas
    from fct_benchmark_rank
    where period_key in (select w.period_key from written_periods as w)
    window
        ranking as (partition by measure_key, member, period_key, comparison_group_key),
        ordered as (
            partition by measure_key, member, period_key, comparison_group_key
            order by rank, area_key
        )
)

select
    table_id,
    measure_key,
    member,
    period_key,
    comparison_group_key,
    rank,
    areas_ranked,
    gap_to_best,
    place,
    rank_before,
    areas
from placed
where
    (rank != place and rank is distinct from rank_before)
    or areas != areas_ranked
    or (rank = 1) != (gap_to_best = 0)
    or gap_to_best < 0
