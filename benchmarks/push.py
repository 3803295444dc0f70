r"""How long a release with ten million rows takes into PostgreSQL, beside `psql \copy` of the same rows.

Belongs here: measuring `jobmaal push`, a process from its start to its end, with keys, references, comments and the
swap. The other side copies a CSV file into an identical table without keys, and does nothing else: the limit.
Writes `benchmarks/results/push.json`. Run it with `make bench`, on a machine that does nothing else; it needs Debian's
package `postgresql`, and `--rows 100000` tries it out.
"""

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import duckdb

from benchmarks import measure
from jobmaal.core import files
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases import catalogue
from tests.helpers.postgres import Postgres, programs, serving

RUNS = 3
ROWS = 10_000_000
_BUILD_ID = "20260101T000000000000Z-00000000"
_AREAS, _MEMBERS, _MEASURES = 105, 14, 30
#: The table without keys, as PostgreSQL has it after a push.
_COLUMNS = "(like jobmaal.fct_benchmark)"


def main() -> None:
    """Make the rows up, measure both sides in turn, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows: int = parser.parse_args().rows
    found = programs()
    if found is None:
        sys.exit("No PostgreSQL is installed (Debian's package postgresql).")
    with tempfile.TemporaryDirectory() as folder, serving(found) as server:
        layout, file = Layout(PROJECT / "seeds", Path(folder) / "data"), Path(folder) / "rows.csv"
        # In a process of its own: a process begins with the peak of memory of the one that starts it.
        making = multiprocessing.Process(target=_make, args=(layout, rows, file))
        making.start()
        making.join()
        server.administer("create role jobmaal_reader")
        # Not measured: it makes the table whose like the other side fills, and the schema that each push replaces.
        _push(layout, server)
        print(f"{rows:,} rows made up", file=sys.stderr, flush=True)
        sides = measure.in_turn(
            RUNS, {"psql": lambda: _psql(layout, server, file), "push": lambda: _push(layout, server)}
        )
        arrived = server.ask("select (select count(*) from jobmaal.fct_benchmark), (select count(*) from bare)")
        assert arrived == [(rows, rows)], arrived
        version = str(server.ask("show server_version")[0][0])
    seconds = measure.medians(sides)
    if rows != ROWS:
        print(seconds)
        return
    measure.write(
        "push",
        RUNS,
        {"push": seconds["push"] / seconds["psql"]},
        {
            "median_seconds": seconds,
            "rows_per_second": {side: round(rows / of_side) for side, of_side in seconds.items()},
            "peak_memory_mb": measure.memory(sides),
            "versions_of_peers": {"postgresql": version, "psycopg": metadata.version("psycopg")},
        },
    )


def _make(layout: Layout, rows: int, file: Path) -> None:
    """Lay the release down, and its large table once more as a CSV file."""
    _release(layout, rows)
    _csv(layout, file)


def _release(layout: Layout, rows: int) -> None:
    """Lay down a release of made-up series: the shape of the real one, in the order in which it is built."""
    folder = layout.releases / _BUILD_ID
    folder.mkdir(parents=True)
    periods = -(-rows // (_AREAS * _MEMBERS * _MEASURES))
    source = folder / catalogue.WAREHOUSE
    with duckdb.connect(str(source)) as database:
        database.execute("set timezone = 'UTC'")
        for name, keys in (("area", _AREAS), ("measure", _MEASURES), ("period", periods)):
            key = f"(hash('{name}' || i) >> 1)::bigint"
            database.execute(f"create table dim_{name} as select {key} as {name}_key from range({keys}) as t (i)")
        database.execute(
            f"""
            create table fct_benchmark as
            select
                'y25i' || lpad(cast(i % 10 as varchar), 2, '0') as table_id,
                (hash('measure' || cast(i // {periods * _AREAS * _MEMBERS} as bigint)) >> 1)::bigint as measure_key,
                (hash('area' || cast(i // {periods * _MEMBERS} % {_AREAS} as bigint)) >> 1)::bigint as area_key,
                (hash('period' || cast(i // {_MEMBERS} % {periods} as bigint)) >> 1)::bigint as period_key,
                'Gruppe ' || i % {_MEMBERS} || ' | Mænd og kvinder i alt' as member,
                i % {_MEMBERS} = 0 as is_total,
                case when i % 50 > 0 then (i * 7919 % 1000000 / 100)::decimal(18, 4) end as value,
                null::decimal(18, 4) as value_to,
                'exact' as value_qualifier,
                case when i % 50 > 0 then 'reported' else 'suppressed' end as value_status,
                0::integer as series_segment,
                timestamptz '2026-07-01 06:00:00+00' + to_days(cast(i % 30 as integer)) as released_at,
                'y25i01/2026-08-18T21-52-29.json#' || i // 100000 as source_ref
            from range({rows}) as t (i)
            """
        )
        names = database.execute("select table_name from duckdb_tables()").fetchall()
        counts = {name: len(database.table(name)) for (name,) in names}
    manifest = {
        "build_id": _BUILD_ID, "built_at": "", "contract": 1, "input_sha256": "", "changes": {}, "checks": [],
        "rows": counts, "outputs": {catalogue.WAREHOUSE: {"sha256": files.sha256(source)}},
    }  # fmt: skip
    (folder / catalogue.MANIFEST).write_text(catalogue.manifest_text(manifest), encoding="utf-8")
    catalogue.point_to(layout, _BUILD_ID)


def _csv(layout: Layout, file: Path) -> None:
    with duckdb.connect(str(layout.current / catalogue.WAREHOUSE), read_only=True) as database:
        database.execute("set timezone = 'UTC'")
        database.execute(f"copy fct_benchmark to '{file}' (format csv, header false)")


def _push(layout: Layout, server: Postgres) -> measure.Run:
    return measure.jobmaal(layout, "push", server.url, "--force")


def _psql(layout: Layout, server: Postgres, file: Path) -> measure.Run:
    psql = [str(server.programs / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", server.url, "--command"]
    for statement in ("drop table if exists bare", f"create table bare {_COLUMNS}"):
        subprocess.run([*psql, f"set client_min_messages = warning; {statement}"], check=True)
    return measure.run([*psql, f"\\copy bare from '{file}' (format csv)"], measure.environment(layout))


if __name__ == "__main__":
    main()
