-- How finely a release prints a measure: the coarsest step that all its values are whole multiples of.
select
    release_no,
    case
        when bool_and({m} % 10 = 0) then 10 when bool_and({m} % 1 = 0) then 1 when bool_and({m} % 0.1 = 0) then 0.1
        else 0.01
    end as step
from gathered inner join responses using (response_no)
where {m} is not null
group by release_no
