"""Speaking to Spark: one connection to the Thrift server, statements, and small tables.

Belongs here: how a statement is sent, how text is quoted, how a few rows get there. Does not: the statements.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def text(value: str | Path) -> str:
    """Write text as it stands in Spark's SQL."""
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def texts(values: Sequence[str]) -> str:
    """Write a list of texts between brackets; of none, one that nothing is equal to."""
    return f"({', '.join(map(text, values)) or 'null'})"


class SparkError(RuntimeError):
    """What Spark found wrong with a statement."""


class Spark:
    """A session of Spark, over its Thrift server."""

    def __init__(self, connection: Any, shared: Path) -> None:
        """Take the folder, seen by all workers under the same path, through which small tables go."""
        self._cursor = connection.cursor()
        self._shared = shared

    def run(self, statement: str) -> None:
        """Run a statement. Raises SparkError."""
        try:
            self._cursor.execute(statement)
        except Exception as error:
            # The driver shows all that the server knows, its stack of calls first; the error is one field of it.
            status = getattr(error.args[0] if error.args else None, "status", None)
            message = getattr(status, "errorMessage", None) or str(error)
            raise SparkError(f"Spark refused a statement: {message}") from error

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        self.run(query)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def create(self, name: str, columns: Mapping[str, str], partitioned_by: Sequence[str] = ()) -> None:
        """Make a table of Parquet where there is none yet."""
        declared = ", ".join(f"`{column}` {kind}" for column, kind in columns.items())
        parts = f"partitioned by ({', '.join(partitioned_by)})" if partitioned_by else ""
        self.run(f"create table if not exists {name} ({declared}) using parquet {parts}")

    def replace(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        """Replace a small table."""
        path = self._shared / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for row in rows:
                # As text, so that no number is read as a float.
                content = {c: None if v is None else _plain(v) for c, v in zip(columns, row, strict=True)}
                file.write(json.dumps(content, ensure_ascii=False) + "\n")
        declared = ", ".join(f"`{column}` string" for column in columns)
        self.run(f"create or replace temporary view arriving_names ({declared}) using json options (path {text(path)})")
        self.create(name, columns)
        selected = ", ".join(f"cast(`{column}` as {kind}) as `{column}`" for column, kind in columns.items())
        self.run(f"insert overwrite table {name} select {selected} from arriving_names")


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@contextmanager
def connected(shared: Path) -> Iterator[Spark]:
    """Connect to the Thrift server that the environment names."""
    from pyhive import hive  # of Spark's own environment

    connection = hive.connect(
        host=os.environ.get("JOBMAAL_SPARK_HOST", "127.0.0.1"),
        port=int(os.environ.get("JOBMAAL_SPARK_PORT", "10000")),
        auth=os.environ.get("JOBMAAL_SPARK_AUTH", "NOSASL"),
    )
    try:
        yield Spark(connection, shared)
    finally:
        connection.close()
