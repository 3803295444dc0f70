"""Writing the catalogue's pages: the dictionary in two languages, and dbt's own documentation beside it.

Belongs here: files. Does not: texts (`catalogue.html`), the star (`star`).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from jobmaal.core import contract
from jobmaal.core.build import CONTRACT, Build
from jobmaal.outputs import danish
from jobmaal.outputs.dictionary import star

#: The page of each language.
PAGES = {"da": "ordbog.html", "en": "dictionary.html"}
DBT_PAGE = "dbt.html"
_HERE = Path(__file__).parent


def write(folder: Path, build: Build, rows: Mapping[str, int], dbt_docs: Path) -> None:
    """Write the pages into a new folder of a release.

    `rows` counts the rows of each public table; `dbt_docs` is the page that dbt made of its project.
    """
    import jinja2  # noqa: PLC0415 - only a release needs it

    tables = contract.tables()
    references, spec = star.references(tables), star.spec(tables)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters |= {"tal": danish.number, "moment": danish.moment}
    template = environment.from_string((_HERE / "catalogue.html").read_text(encoding="utf-8"))
    folder.mkdir(parents=True)
    for language, page in PAGES.items():
        text = template.render(
            language=language, pages=PAGES, dbt_page=DBT_PAGE, build=build, contract=CONTRACT, tables=tables,
            counts=rows, star=references, spec=spec,
        )  # fmt: skip
        (folder / page).write_text(text, encoding="utf-8")
    shutil.copyfile(dbt_docs, folder / DBT_PAGE)
