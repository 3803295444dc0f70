from totals_and_lines
where direction = 'by_theme_and_account'
