"""Releases that differ from a published one by some statements, without a refresh.

Belongs here: writing one beside it. Does not: publishing it (`catalogue.point_to`), nor any assertion.
"""

import shutil

import duckdb

from jobmaal.core import files
from jobmaal.core.layout import Layout
from jobmaal.releases.catalogue import MANIFEST, WAREHOUSE, manifest_text, read_manifest
from tests.conftest import release_folder


def vary(layout: Layout, build_id: str, *statements: str) -> str:
    """Write a release that differs from the current one by these statements: its warehouse and its manifest."""
    current, folder = release_folder(layout), layout.releases / build_id
    folder.mkdir()
    file = folder / WAREHOUSE
    shutil.copyfile(current / WAREHOUSE, file)
    with duckdb.connect(str(file)) as database:
        for statement in (f"update audit_build set build_id = '{build_id}'", *statements):
            database.execute(statement)
        names = [name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()]
        rows = {name: database.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0] for name in names}
    outputs = {WAREHOUSE: {"sha256": files.sha256(file), "bytes": file.stat().st_size}}
    changed = {"build_id": build_id, "rows": rows, "outputs": outputs}
    manifest = read_manifest(layout, current.name) | changed
    (folder / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
    return build_id


def quoted(name: str) -> str:
    """Return a name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'
