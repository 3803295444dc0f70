-- A value of a cell, of one delivery: its parts have no cell in common, so nothing is compared.
select period_no, area_no, member_no, response_no, {measures}
from gathered
