"""`datapackage.json`: the CSV files described for programs, as Frictionless Data does it.

Belongs here: names, types, units, descriptions and keys. Does not: how values are written (`danish_csv`).
"""

import json
from pathlib import Path
from typing import Any

from jobmaal.core import files
from jobmaal.core.build import CONTRACT, Build
from jobmaal.core.contract import PublicColumn, PublicTable
from jobmaal.outputs import danish
from jobmaal.outputs.files import content, danish_csv
from jobmaal.outputs.suppression.tables import Shown

FILE = "datapackage.json"


def write(folder: Path, build: Build, shown: Shown) -> None:
    """Write the description of the CSV files in a release's folder."""
    suppressed = content.suppression_note(shown.below, shown.withheld)
    notes = [danish_csv.GUARD, content.NOMINAL, content.ONLY_TOTALS, suppressed]
    package = {
        "profile": "tabular-data-package",
        "name": "jobmaal",
        "title": danish.title(build.municipality),
        "description": " ".join([content.SYNTHETIC, *notes] if build.has_synthetic else notes),
        "version": build.build_id,
        "created": build.built_at.isoformat(),
        "contract": CONTRACT,
        "synthetic": build.has_synthetic,
        "resources": [_resource(folder, table, shown) for table in content.tables()],
    }
    (folder / FILE).write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _resource(folder: Path, table: PublicTable, shown: Shown) -> dict[str, Any]:
    path = folder / danish_csv.FOLDER / f"{table.name}.csv"
    references = [
        {"fields": [column.name], "reference": {"resource": column.references[0], "fields": [column.references[1]]}}
        for column in table.columns
        if column.references is not None
    ]
    schema = {
        "fields": [_field(column, shown.is_narrowed(table.name)) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": str(path.relative_to(folder)),
        "description": table.description_da,
        "descriptionEnglish": table.description_en,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": danish_csv.ENCODING,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{files.sha256(path)}",
        "dialect": danish_csv.DIALECT,
        "schema": schema | ({"foreignKeys": references} if references else {}),
    }


def _field(column: PublicColumn, is_narrowed: bool) -> dict[str, Any]:
    field = {
        "name": column.name,
        **danish_csv.FIELD[content.kind(column)],
        "description": column.description_da,
        "descriptionEnglish": column.description_en,
    }
    if column.unit is not None:
        field["unit"] = column.unit
    # A number may be suppressed here that the warehouse has.
    if not column.is_nullable and not (is_narrowed and content.kind(column) == content.DECIMAL):
        field["constraints"] = {"required": True}
    return field
