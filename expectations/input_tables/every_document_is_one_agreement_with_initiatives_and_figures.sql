select
    d.document_id,
    (
        select count(*) from dim_agreement as a
        where a.document_id = d.document_id
    ) as agreements,
    (
        select count(*) from raw.initiatives as i
        where i._document_id = d.document_id
    ) - (
        select count(*) from dim_initiative as i
        where i.document_id = d.document_id
    ) as initiatives_lost,
    (
        select count(*) from raw.read_figures as f
        where f.document_id = d.document_id
    ) - (
        select count(*) from audit_lineage as l
        where l.document_id = d.document_id
    ) as figures_lost
from raw.documents as d
