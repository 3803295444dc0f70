"""Writing the catalogue's pages: the dictionary in two languages, and dbt's own documentation beside it.

Belongs here: files. Does not: texts (`catalogue.html`), the star (`star`), the diagrams (`relationships`).
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from jobmaal.core import contract
from jobmaal.core.build import CONTRACT, Build
from jobmaal.outputs import danish, templates
from jobmaal.outputs.dictionary import relationships, star

#: The page of each language.
PAGES = {"da": "ordbog.html", "en": "dictionary.html"}
DBT_PAGE = "dbt.html"
_HERE = Path(__file__).parent


def write(folder: Path, build: Build, rows: Mapping[str, int], dbt_docs: Path) -> None:
    """Write the pages into a new folder of a release.

    `rows` counts the rows of each public table; `dbt_docs` is the page that dbt made of its project.
    """
    tables = contract.tables()
    references, spec = star.references(tables), star.spec(tables)
    template = templates.read(_HERE / "catalogue.html")
    folder.mkdir(parents=True)
    for language, page in PAGES.items():
        text = template.render(
            language=language, pages=PAGES, dbt_page=DBT_PAGE, build=build, contract=CONTRACT, tables=tables,
            counts=rows, star=references, spec=spec, diagrams=relationships.diagrams(tables),
            municipality=build.municipality, owner=danish.genitive(build.municipality),
        )  # fmt: skip
        (folder / page).write_text(text, encoding="utf-8")
    shutil.copyfile(dbt_docs, folder / DBT_PAGE)
