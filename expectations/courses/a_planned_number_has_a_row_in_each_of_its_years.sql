with planned as (
    select
        _document_id || ':' || figure_id as source_ref,
        case
            when basis = 'yearly' then cast(year_to as integer) - cast(year_from as integer) + 1
            else 1
        end as years
    from raw.courses
),

published as (
    select
        source_ref,
        count(*) as found
    from fct_courses
    group by 1
)

select
    planned.source_ref,
    planned.years,
    published.found,
    planned.years - coalesce(published.found, 0) as missing
from planned
left join published on planned.source_ref = published.source_ref
