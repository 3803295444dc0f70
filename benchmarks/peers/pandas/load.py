"""Landed responses into one table with a row a cell of SQLite, with pandas and `to_sql`. Nothing of jobmaal.

`fast` is its fastest documented way: through an ADBC driver, rows go in as Arrow tables. `usual` is through SQLAlchemy
with nothing said, as it is mostly written; with `method="multi"` it took several times as long. Either way orjson reads
a response, it becomes a frame, and `melt` turns that to a row a cell. Prints its seconds, imports apart.
"""

import gzip
import json
import os
import sys
import time
from pathlib import Path

import orjson
import pandas as pd
import sqlalchemy
from adbc_driver_sqlite import dbapi

LABELS = 4


def main() -> None:
    """Load all responses in the way that is asked for."""
    way = sys.argv[1]
    data = Path(os.environ["JOBMAAL_DATA"])
    path = data / "work" / "pandas.sqlite"
    path.unlink(missing_ok=True)
    started, cells = time.perf_counter(), 0
    connect = dbapi.connect if way == "fast" else lambda path: sqlalchemy.create_engine(f"sqlite:///{path}").connect()
    with connect(str(path)) as connection:
        for body in sorted(data.glob("landing/*/*.data.json.gz")):
            response = orjson.loads(gzip.decompress(body.read_bytes()))
            labels, measures = response["columns"][:LABELS], response["columns"][LABELS:]
            frame = pd.DataFrame(response["rows"], columns=response["columns"])
            frame.insert(0, "response", body.name)
            frame.insert(0, "table_id", body.parent.name)
            long = frame.melt(["table_id", "response", *labels], measures, "measure", "value")
            long.to_sql("cells", connection, if_exists="append", index=False)
            cells += len(long)
        connection.commit()
    print(json.dumps({"seconds": time.perf_counter() - started, "cells": cells}))


if __name__ == "__main__":
    main()
