select
    initiative_key,
    cast(sum(weight) as double) as total
from bridge_initiative_unit
group by 1
