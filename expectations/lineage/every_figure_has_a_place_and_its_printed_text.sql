select
    source_ref,
    locator,
    raw_text,
    document_line,
    (value is null) = (value_status != 'reported') as is_status_right
from audit_lineage
