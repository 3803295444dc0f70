select shown.*
from fct_benchmark_vintage as shown
anti join temp.suppressed_vintages as suppressed
    on
        shown.measure_key = suppressed.measure_key and shown.area_key = suppressed.area_key
        and shown.period_key = suppressed.period_key and epoch_us(shown.valid_from) = suppressed.since
where shown.is_total and shown.period_key in (select period_key from temp.shown_periods)
