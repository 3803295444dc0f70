"""Landed replies into one table with a row a cell, with pandas and `to_sql`, in its fastest documented way.

That is through an ADBC driver, here SQLite's: rows go in as Arrow tables and not as one statement each. A reply is read
by orjson, made a frame, and turned to a row a cell by `melt`. Prints its seconds, imports apart. Nothing of jobmaal.
"""

import gzip
import json
import os
import time
from pathlib import Path

import orjson
import pandas as pd
from adbc_driver_sqlite import dbapi

LABELS = 4


def main() -> None:
    """Load all replies."""
    data = Path(os.environ["JOBMAAL_DATA"])
    path = data / "work" / "pandas.sqlite"
    path.unlink(missing_ok=True)
    started, cells = time.perf_counter(), 0
    with dbapi.connect(str(path)) as connection:
        for body in sorted(data.glob("landing/*/*.data.json.gz")):
            reply = orjson.loads(gzip.decompress(body.read_bytes()))
            labels, measures = reply["columns"][:LABELS], reply["columns"][LABELS:]
            frame = pd.DataFrame(reply["rows"], columns=reply["columns"])
            frame.insert(0, "reply", body.name)
            frame.insert(0, "table_id", body.parent.name)
            long = frame.melt(["table_id", "reply", *labels], measures, "measure", "value")
            long.to_sql("cells", connection, if_exists="append", index=False)
            cells += len(long)
        connection.commit()
    print(json.dumps({"seconds": time.perf_counter() - started, "cells": cells}))


if __name__ == "__main__":
    main()
