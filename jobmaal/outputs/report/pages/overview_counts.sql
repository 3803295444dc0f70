select
    (select count(*) from audit_reply) as replies,
    (select max(retrieved_at) from audit_reply) as newest_reply,
    (select count(*) from audit_lineage) as figures
