-- A row of a response: its labels, and a column per measure. Responses are read side by side, as many as there are
-- threads; their rows are never all in memory. A response's number is found once, before its rows are taken apart: a join
-- on all of them would cost as much as reading them.
select {distinct} response_no, cells[1] as period, cells[2] as area, {member} as member, {values}
from (
    select
        [{numbers}][list_position([{files}], filename)] as response_no,
        unnest(rows) as cells
    from
        read_json(
            [{files}],
            format = 'unstructured',
            columns = {{rows: 'varchar[][]'}},
            filename = true,
            compression = 'gzip',
            maximum_object_size = {largest}
        )
)
