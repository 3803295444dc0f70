select
    (select count(*) from audit_reply) as responses,
    (select max(retrieved_at) from audit_reply) as newest_response,
    (select count(*) from audit_lineage) as figures
