select shown.*
from fct_benchmark_rank as shown
anti join temp.suppressed_rankings as suppressed
    on
        shown.measure_key = suppressed.measure_key and shown.comparison_group_key = suppressed.comparison_group_key
        and shown.period_key = suppressed.period_key
where shown.is_total and shown.period_key in (select period_key from temp.shown_periods)
