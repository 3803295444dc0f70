"""All files of a release for those who open rather than query. Nothing else belongs here."""

from pathlib import Path

import duckdb

from jobmaal.core.build import Build
from jobmaal.outputs.files import danish_csv, datapackage, workbook
from jobmaal.outputs.suppression.tables import Shown


def write(folder: Path, build: Build, database: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    """Write the workbook, the CSV files and their description into a release's folder."""
    danish_csv.write(folder / danish_csv.FOLDER, database, shown)
    datapackage.write(folder, build, shown)
    workbook.write(folder / workbook.FILE, build, database, shown)
