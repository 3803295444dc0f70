select
    area_key,
    area_name,
    area_type,
    region_name
from dim_area
where area_key != -1
order by area_type != 'country', area_type != 'region', area_name
