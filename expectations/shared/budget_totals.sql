-- Each total that a document states, with the direction in which its lines add up to it.
select
    _document_id,
    figure_id,
    theme_name,
    line_name,
    account_id,
    basis,
    year_from,
    year_to,
    case
        when line_name is not null then 'by_line'
        when theme_name is not null and account_id is not null then 'by_theme_and_account'
        when theme_name is not null then 'by_theme'
        when account_id is not null then 'by_account'
        else 'in_all'
    end as direction
from raw.budget_totals
