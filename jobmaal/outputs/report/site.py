"""Writing the site: pages from the template, beside the style sheet, the script and the charts' runtime.

Belongs here: files. Does not: what the pages show (`pages`), nor texts (`report.html`).
"""

import shutil
from pathlib import Path

import duckdb

from jobmaal.core.build import Build
from jobmaal.outputs import templates
from jobmaal.outputs.files.content import withheld_note
from jobmaal.outputs.report import benchmark, vega
from jobmaal.outputs.report.pages import benchmarks, budget, courses, news, overview, reconciliation, sources, targets
from jobmaal.outputs.report.pages.news import Since
from jobmaal.outputs.suppression.tables import Shown

_HERE = Path(__file__).parent
_ASSETS = ("report.css", "report.js")


def write(folder: Path, build: Build, database: duckdb.DuckDBPyConnection, shown: Shown, since: Since | None) -> None:
    """Write the report of the tables in `database` into a new folder.

    `shown` has the tables as public outputs have them; `since` is the release before, if there is one.
    """
    series = benchmark.read(database, shown)
    site = [
        overview.overview(database, shown),
        budget.budget(database),
        courses.courses(database),
        targets.targets(database, shown),
        benchmarks.benchmarks(database, series),
        reconciliation.reconciliation(database, shown),
        news.news(database, since),
        sources.sources(database),
    ]
    template = templates.read(_HERE / "report.html")
    (folder / "assets").mkdir(parents=True)
    for page in site:
        text = template.render(
            page=page, pages=site, build=build, below=shown.below, withheld=withheld_note(shown.withheld),
            content=series.content,
        )  # fmt: skip
        (folder / page.file).write_text(text, encoding="utf-8")
    for name in _ASSETS:
        shutil.copyfile(_HERE / name, folder / "assets" / name)
    (folder / "assets" / "vega.js").write_text(vega.runtime(), encoding="utf-8")
