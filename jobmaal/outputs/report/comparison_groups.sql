-- The groups as they are now, the largest last; a group of one compares nothing.
select groups.comparison_group_key, groups.comparison_group_name, list(members.area_key) as area_keys
from dim_comparison_group as groups
inner join bridge_comparison_group as members
    on groups.comparison_group_key = members.comparison_group_key
where members.valid_to is null
group by all
having count(*) > 1
order by count(*), groups.comparison_group_name
