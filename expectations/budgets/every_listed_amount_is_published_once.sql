with amounts as (
    -- What a line amounts to in all its years.
    select
        l._document_id as document_id,
        l.figure_id,
        l.part_of,
        l.is_split_complete,
        f.source_ref,
        f.value * case
            when l.basis = 'yearly' then cast(l.year_to as integer) - cast(l.year_from as integer) + 1
            else 1
        end as amount
    from raw.budget_lines as l
    inner join raw.read_figures as f on l._document_id || ':' || l.figure_id = f.source_ref
),

parts as (
    select
        document_id,
        part_of,
        sum(amount) as amount
    from amounts
    group by all
),

published as (
    select
        source_ref,
        sum(amount_dkk) as amount,
        count(*) as rows_found
    from fct_budget
    where line_type = 'itemised'
    group by 1
)

select
    l.source_ref,
    l.amount,
    coalesce(parts.amount, 0) as in_parts,
    l.is_split_complete,
    coalesce(p.amount, 0) as published,
    case
        when l.is_split_complete = 'yes' then -coalesce(p.amount, 0)
        -- What cannot be read is published without an amount.
        when l.amount is null then if(p.rows_found > 0 and p.amount is null, 0, 1)
        else l.amount - coalesce(parts.amount, 0) - coalesce(p.amount, 0)
    end as missing
from amounts as l
left join parts on l.document_id = parts.document_id and l.figure_id = parts.part_of
left join published as p on l.source_ref = p.source_ref
