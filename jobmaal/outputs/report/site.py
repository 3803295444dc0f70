"""Writing the site: pages from the template, beside the style sheet, the script and the charts' runtime.

Belongs here: files. Does not: what the pages show (`pages`), nor texts (`report.html`).
"""

import shutil
from pathlib import Path

import duckdb

from jobmaal.core.build import Build
from jobmaal.outputs import danish, templates
from jobmaal.outputs.files.content import withheld_note
from jobmaal.outputs.report import benchmark, municipality_view, vega
from jobmaal.outputs.report.benchmark import Benchmark
from jobmaal.outputs.report.pages import benchmarks, budget, courses, news, overview, reconciliation, sources, targets
from jobmaal.outputs.report.pages.news import Since
from jobmaal.outputs.report.pages.shared import Page
from jobmaal.outputs.suppression.tables import Shown

_HERE = Path(__file__).parent
_ASSETS = ("report.css", "report.js")


def write(folder: Path, build: Build, database: duckdb.DuckDBPyConnection, shown: Shown, since: Since | None) -> None:
    """Write the report of the tables in `database` into a new folder.

    The pages of the build's municipality are in the folder itself, those of each other one that has agreements in a
    folder below it. `shown` has the tables as public outputs have them; `since` is the release before, if there is one.
    """
    folders = _folders(database, build.municipality)
    template = templates.read(_HERE / "report.html")
    (folder / "assets").mkdir(parents=True)
    for municipality, below in folders.items():
        (folder / below).mkdir(exist_ok=True)
        with municipality_view.of(database, municipality):
            series = benchmark.read(database, shown, municipality)
            site = _pages(database, shown, series, municipality, since)
        for page in site:
            text = template.render(
                page=page, pages=site, build=build, below=shown.below, withheld=withheld_note(shown.withheld),
                content=series.content, municipality=municipality, owner=danish.genitive(municipality),
                municipalities=folders, root="../" if below else "",
            )  # fmt: skip
            (folder / below / page.file).write_text(text, encoding="utf-8")
    for name in _ASSETS:
        shutil.copyfile(_HERE / name, folder / "assets" / name)
    (folder / "assets" / "vega.js").write_text(vega.runtime(), encoding="utf-8")


def _folders(database: duckdb.DuckDBPyConnection, home: str) -> dict[str, str]:
    """Return the folder of each municipality that has pages, the build's own first: blank, or `101/`."""
    named = """
        select distinct areas.area_name, areas.municipality_code
        from dim_agreement inner join dim_area as areas on dim_agreement.municipality_key = areas.area_key
        where dim_agreement.agreement_key != -1 order by all
    """
    others = {name: f"{code}/" for name, code in database.execute(named).fetchall() if name != home}
    return {home: "", **others}


def _pages(
    database: duckdb.DuckDBPyConnection, shown: Shown, series: Benchmark, municipality: str, since: Since | None
) -> list[Page]:
    """Return the pages of a municipality."""
    return [
        overview.overview(database, shown),
        budget.budget(database),
        courses.courses(database),
        targets.targets(database, shown),
        benchmarks.benchmarks(database, series, municipality),
        reconciliation.reconciliation(database, shown),
        news.news(database, since),
        sources.sources(database),
    ]
