select
    source_ref,
    document_id,
    theme_name,
    line_name,
    account_id,
    year,
    stated,
    listed,
    known_residual,
    unexplained
from totals_and_lines
where direction = 'by_theme_and_account'
