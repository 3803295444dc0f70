"""Landed replies into one table with a row a cell, with dlt into DuckDB, in its fastest documented way.

That is by yielding Arrow tables, which dlt writes as Parquet and hands to DuckDB without looking at each row. A reply
is read by orjson, and its columns become Arrow arrays, the values decimals. Prints its seconds, imports apart. Nothing
of jobmaal.
"""

import gzip
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import dlt
import orjson
import pyarrow as pa

LABELS = 4
DECIMAL = pa.decimal128(18, 4)


def main() -> None:
    """Load all replies."""
    data = Path(os.environ["JOBMAAL_DATA"])
    folder = data / "work" / "dlt"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    started, cells = time.perf_counter(), 0

    def tables() -> Iterator[pa.Table]:
        nonlocal cells
        for body in sorted(data.glob("landing/*/*.data.json.gz")):
            for table in read(body):
                cells += len(table)
                yield table

    pipeline = dlt.pipeline(
        "cells",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(folder / "cells.duckdb")),
    )
    pipeline.run(dlt.resource(tables, name="cells"), loader_file_format="parquet").raise_on_failed_jobs()
    print(json.dumps({"seconds": time.perf_counter() - started, "cells": cells}))


def read(body: Path) -> Iterator[pa.Table]:
    """Read a reply: a table with a row a cell for each of its measures."""
    reply = orjson.loads(gzip.decompress(body.read_bytes()))
    columns = [pa.array(column) for column in zip(*reply["rows"], strict=True)]
    count = len(reply["rows"])
    names = ["table_id", "reply", "period", "area", "benefit", "age", "measure", "value"]
    for measure, values in zip(reply["columns"][LABELS:], columns[LABELS:], strict=True):
        same = [pa.repeat(text, count) for text in (body.parent.name, body.name, measure)]
        yield pa.table(
            [*same[:2], *columns[:LABELS], same[2], values.cast(pa.float64()).cast(DECIMAL, safe=False)], names
        )


if __name__ == "__main__":
    main()
