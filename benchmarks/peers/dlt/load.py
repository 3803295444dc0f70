"""Landed responses into one table with a row a cell, with dlt into DuckDB. Nothing of jobmaal.

`fast` is its fastest documented way: what is yielded are Arrow tables, which dlt writes as Parquet and hands to DuckDB
without looking at each row. `usual` is that of its tutorials: rows are dictionaries, which dlt looks at and types, in
as many processes as there are cores. Either way orjson reads a response, and values become decimals. Prints its
seconds, imports apart.
"""

import gzip
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import orjson
import pyarrow as pa

LABELS = 4
DECIMAL = pa.decimal128(18, 4)
NAMES = ["table_id", "response", "period", "area", "benefit", "age", "measure", "value"]


def main() -> None:
    """Load all responses in the way that is asked for."""
    read = {"fast": as_arrow, "usual": as_rows}[sys.argv[1]]
    data = Path(os.environ["JOBMAAL_DATA"])
    folder = data / "work" / "dlt"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "NORMALIZE__WORKERS": str(os.cpu_count())}
    started, cells = time.perf_counter(), 0

    def pages() -> Iterator[Any]:
        nonlocal cells
        for body in sorted(data.glob("landing/*/*.data.json.gz")):
            for page in read(body):
                cells += len(page)
                yield page

    destination = dlt.destinations.duckdb(str(folder / "cells.duckdb"))
    pipeline = dlt.pipeline("cells", pipelines_dir=str(folder / "pipelines"), destination=destination)
    pipeline.run(dlt.resource(pages, name="cells"), loader_file_format="parquet").raise_on_failed_jobs()
    print(json.dumps({"seconds": time.perf_counter() - started, "cells": cells}))


def as_arrow(body: Path) -> Iterator[pa.Table]:
    """Read a response: a table with a row a cell for each of its measures."""
    response = orjson.loads(gzip.decompress(body.read_bytes()))
    columns = [pa.array(column) for column in zip(*response["rows"], strict=True)]
    for measure, values in zip(response["columns"][LABELS:], columns[LABELS:], strict=True):
        table_id, name, label = (pa.repeat(text, len(values)) for text in (body.parent.name, body.name, measure))
        decimals = values.cast(pa.float64()).cast(DECIMAL, safe=False)
        yield pa.table([table_id, name, *columns[:LABELS], label, decimals], NAMES)


def as_rows(body: Path) -> Iterator[list[dict[str, Any]]]:
    """Read a response: a page of rows for each of its measures."""
    response = orjson.loads(gzip.decompress(body.read_bytes()))
    for at, measure in enumerate(response["columns"][LABELS:], LABELS):
        yield [
            dict(zip(NAMES, (body.parent.name, body.name, *row[:LABELS], measure, _decimal(row[at])), strict=True))
            for row in response["rows"]
        ]


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


if __name__ == "__main__":
    main()
