-- The periods of which this build has written a value. What it has left as the release before has it was checked when
-- it was written.
select d.period_key
from dim_period as d
inner join raw.read_periods as p on d.period_id = p.period_id
where p.period_no in (select v.period_no from raw.read_vintages as v)
