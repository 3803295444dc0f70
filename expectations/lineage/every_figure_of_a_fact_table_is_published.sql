with split as (
    select whole_figure.source_ref
    from raw.read_figures as whole_figure
    inner join raw.budget_lines as whole
        on whole_figure.source_ref = whole._document_id || ':' || whole.figure_id
    left join raw.budget_lines as part
        on whole._document_id = part._document_id and whole.figure_id = part.part_of
    left join raw.read_figures as part_figure
        on part._document_id || ':' || part.figure_id = part_figure.source_ref
    group by whole_figure.source_ref, whole_figure.value, whole.is_split_complete
    having
        whole.is_split_complete = 'yes'
        or whole_figure.value = sum(coalesce(part_figure.value, 0)) filter (where part.part_of is not null)
)

select
    l.source_ref,
    l.input_table,
    l.raw_text
from audit_lineage as l
left join figure_references as r on l.source_ref = r.source_ref
left join split as s on l.source_ref = s.source_ref
left join raw.budget_totals as t on l.source_ref = t._document_id || ':' || t.figure_id
where
    l.input_table in (
        'budget_lines', 'budget_totals', 'courses', 'targets', 'target_status', 'levels', 'target_groups'
    )
    and r.source_ref is null
    -- A line whose parts are all given, or leave nothing over, is published as its parts, a total without
    -- lines as what it claims.
    and s.source_ref is null
    and t.figure_id is null
