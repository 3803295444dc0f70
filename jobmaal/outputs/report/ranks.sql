select
    measure_key,
    comparison_group_key,
    area_key,
    list(period_key) as period_keys,
    list("rank") as ranks,
    list(areas_ranked) as sizes
from {fct_benchmark_rank}
group by measure_key, comparison_group_key, area_key
order by measure_key, comparison_group_key, area_key
