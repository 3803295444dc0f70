select
    figures.*,
    agreements.agreement_name
from audit_lineage as figures
left join dim_agreement as agreements on figures.document_id = agreements.document_id
order by agreements.year_from, agreements.agreement_name, figures.document_line, figures.source_ref
