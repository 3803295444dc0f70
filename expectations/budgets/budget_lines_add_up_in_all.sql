from totals_and_lines
where direction = 'in_all'
