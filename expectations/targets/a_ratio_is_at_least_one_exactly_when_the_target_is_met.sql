select
    document_id,
    attainment_key,
    attainment_ratio,
    attainment_status,
    (attainment_ratio >= 1) = (attainment_status = 'met') as agrees
from fct_target_attainment
where attainment_ratio is not null
