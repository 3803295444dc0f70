"""How Superset is set up: in Danish, for this machine, on the current release. Superset reads it at its start.

Belongs here: settings, and what a connection to the warehouse is. Does not: the charts (the YAML beside this module),
users and rights (`prepare`), address and start (`serve`).
"""

import copy
import json
from pathlib import Path
from typing import Any

from flask import request
from superset import config as default

from jobmaal.core.layout import Layout
from jobmaal.readers.connection import CONFINED, warehouse_of

_LAYOUT = Layout.from_environment()
#: The database that `databases/jobmaal.yaml` names; each connection to it goes to the release that is current then.
_WAREHOUSE = "data/current/warehouse.duckdb"

# --- what is its own, under the data folder ---------------------------------------------------------------------

SECRET_KEY = json.loads((_LAYOUT.superset / "secrets.json").read_text(encoding="utf-8"))["secret_key"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_LAYOUT.superset / 'superset.db'}?check_same_thread=false"

# --- the warehouse ----------------------------------------------------------------------------------------------


def DB_CONNECTION_MUTATOR(  # noqa: N802 - Superset's name
    uri: Any, params: dict[str, Any], _username: Any, _security_manager: Any, _source: Any
) -> tuple[Any, dict[str, Any]]:
    """Open a new connection on the release that is current now, by the release's own path, confined to that file.

    Superset makes an engine without a pool for every query, so this is called every time. DuckDB shares one database
    among a process's connections to a path; each release has a path of its own, so none is taken for another.
    """
    if uri.drivername == "duckdb" and uri.database == _WAREHOUSE:
        uri = uri.set(database=str(warehouse_of(_LAYOUT)))
        arguments = params.setdefault("connect_args", {})
        arguments |= {"read_only": True, "config": {**arguments.get("config", {}), **CONFINED}}
    return uri, params


# A query takes milliseconds, and the next release comes at any time: no answer is cached.
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

# --- Danish -----------------------------------------------------------------------------------------------------

# Superset has no Danish. Titles and labels are ours, and so are the few of its own words that a reader meets; those who
# change something work in English.
BABEL_DEFAULT_LOCALE = "da"
LANGUAGES = {"da": {"flag": "dk", "name": "Dansk"}}
_DANISH = {
    "domain": "superset",
    "locale_data": {
        "superset": {
            "": {"domain": "superset", "plural_forms": "nplurals=2; plural=(n != 1)", "lang": "da"},
            **json.loads(Path(__file__).with_name("da.json").read_text(encoding="utf-8")),
        }
    },
}


def FLASK_APP_MUTATOR(app: Any) -> None:  # noqa: N802 - Superset's name
    """Hand out our words where a page asks for Danish, which Superset's own route does not find."""

    @app.before_request  # type: ignore[untyped-decorator]
    def words() -> dict[str, Any] | None:
        return _DANISH if request.path.endswith("/language_pack/da/") else None


D3_FORMAT = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " kr."]}
D3_TIME_FORMAT = {
    "dateTime": "%d.%m.%Y %H.%M.%S",
    "date": "%d.%m.%Y",
    "time": "%H.%M.%S",
    "periods": ["", ""],
    "days": ["søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"],
    "shortDays": ["søn", "man", "tir", "ons", "tor", "fre", "lør"],
    "months": ["januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober",
               "november", "december"],
    "shortMonths": ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
}  # fmt: skip
# As Danish spreadsheets read it.
CSV_EXPORT = {"encoding": "utf-8-sig", "sep": ";", "decimal": ","}
APP_NAME = "jobmaal"

# What goes wrong is reported; each import of each module is not.
LOG_LEVEL = "WARNING"

# --- nothing goes out, and little comes in ----------------------------------------------------------------------

# A page may load nothing from anywhere else: no maps, no fonts, no counting of visitors.
TALISMAN_CONFIG = copy.deepcopy(default.TALISMAN_CONFIG)
_POLICY = TALISMAN_CONFIG["content_security_policy"]
for _directive, _sources in _POLICY.items():
    if isinstance(_sources, list):
        _POLICY[_directive] = [source for source in _sources if "." not in source]
ENABLE_CORS = False
# Uploading a table needs a database that takes one; there is none, and no form for it either.
ALLOWED_EXTENSIONS: set[str] = set()
