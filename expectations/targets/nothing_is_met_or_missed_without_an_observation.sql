select
    document_id,
    attainment_key,
    attainment_status,
    actual_source,
    (attainment_status in ('met', 'not_met')) <= (actual_source_ref is not null) as agrees
from fct_target_attainment
