"""jobmaal: the data warehouse of municipal employment agreements.

What belongs in this package: everything that needs no framework (reading figures, reconciling,
releasing, tracing, the command line). What does not: Dagster assets (`dagster_project`), SQL (`dbt`),
expectations (`expectations`).

For those who read: `jobmaal.open()`, and `jobmaal.table()` for notebooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmaal.core.build import VERSION

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = ["__version__", "open", "table"]
__version__ = VERSION


def open(build_id: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open the current release, or the one that is named, to read and to do nothing else.

    The connection is read-only and cannot reach any other file, nor be made to. It stays with its release; call
    again for the next one. Raises jobmaal.core.errors.NoReleaseError where there is none.
    """
    # Imported late, since the nightly "nothing has changed" waits for this package.
    from jobmaal.core.layout import Layout
    from jobmaal.readers.connection import open_release

    return open_release(Layout.from_environment(), build_id)


def table(name: str, build_id: str | None = None) -> pd.DataFrame:
    """Read a public table of the current release, or of the one that is named, into a pandas frame.

    >>> budget = jobmaal.table("fct_budget")
    >>> budget.groupby("line_type")["amount_dkk"].sum() / 1_000_000

    The columns have the table's own names and order, and an empty table has them too. Their types, by DuckDB's:

    - `DECIMAL` (money in kroner, counts, measured values, percent): `object`, each a `decimal.Decimal`; NULL is NaN.
    - `BIGINT`, `INTEGER`: `Int64`, `Int32`; `BOOLEAN`: `boolean`. NULL is `<NA>`, and no integer becomes a float.
    - `VARCHAR`: `str`; NULL is NaN.
    - `DATE`: `datetime64[us]`, the day's midnight; `TIMESTAMPTZ`: `datetime64[us, UTC]`. NULL is `NaT`.

    Money stays exact: a sum, also by `groupby`, is the decimal that SQL gives. Means are floats. For a chart, or for
    arithmetic beside floats, `astype(float)`. Decimals of Arrow (`ArrowDtype`) were measured beside these: on ten
    million rows a column takes 230 MB instead of 1.1 GB, and 4 seconds to read instead of 7. But with pandas 3.1 and
    pyarrow 26 an amount times a weight, and a sum over groups divided by a million, are refused as too precise; a
    mean is cut to the column's digits in silence. So these are plain decimals, and pyarrow is not needed.

    `attrs` of the frame has the `build_id` and the `contract` of the release: quote them with what you show.

    Raises jobmaal.core.errors.NoTableError, naming the tables, where there is no such table;
    jobmaal.core.errors.NoReleaseError where there is no such release.
    """
    from jobmaal.core.layout import Layout
    from jobmaal.readers.connection import read_table

    return read_table(Layout.from_environment(), name, build_id)
