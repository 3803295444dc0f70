"""The templates of pages: how they are read, and what they all may use.

Belongs here: the one environment of all templates. Does not: the templates, which are beside what fills them.
"""

from pathlib import Path

import jinja2

from jobmaal.outputs import danish


def read(path: Path) -> jinja2.Template:
    """Return a template that escapes every value, fails on a name that has none, and writes values in Danish."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters |= {"tal": danish.number, "moment": danish.moment}
    return environment.from_string(path.read_text(encoding="utf-8"))
