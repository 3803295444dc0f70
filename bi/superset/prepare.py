"""Making Superset ready: its own database, the charts as code, two users. Runs inside Superset's environment.

Belongs here: calls of Superset's own code. Does not: what is imported (`assets`), starting the server (`serve`).
Doing it again changes nothing but what has changed in the YAML or in the release's columns.
"""

import contextlib
import json
import sys
import time
import zipfile
from typing import Any

import yaml

from bi.superset import assets
from jobmaal.core import progress
from jobmaal.core.layout import Layout

ADMIN, READER = "admin", "laeser"
READERS = "Læser"


def prepare(layout: Layout) -> None:
    """Bring Superset's own database up to date with this version of Superset, the YAML and the release.

    Raises NoReleaseError, and JobmaalError where YAML and release do not fit.
    """
    contents = assets.bundle(layout)
    started = time.monotonic()
    from superset.app import create_app  # reads the settings, and takes seconds

    with create_app().app_context():
        _migrate()
        _report("database", "Superset's own tables are up to date", started)
        started = time.monotonic()
        _add_users(json.loads((layout.superset / "secrets.json").read_text(encoding="utf-8")))
        _import(layout, contents)
        _let_readers_read(contents)
        kinds = {kind: len(list(assets.of_kind(contents, f"{kind}/"))) for kind in ("datasets", "charts", "dashboards")}
        _report("import", ", ".join(f"{count} {kind}" for kind, count in kinds.items()), started)


def _report(step: str, done: str, started: float) -> None:
    """Report a step on the real standard output, the one stream that Superset does not fill."""
    with contextlib.redirect_stderr(sys.__stdout__):
        progress.step(step, done, started)


def _migrate() -> None:
    from flask_migrate import upgrade
    from superset import appbuilder, security_manager

    upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()


def _add_users(secrets: dict[str, str]) -> None:
    """Make the two users, with the passwords of the first start. One who is there keeps the password and roles."""
    from superset import security_manager

    security_manager.add_role(READERS)
    for name, role in ((ADMIN, "Admin"), (READER, READERS)):
        if security_manager.find_user(name) is None:
            found = security_manager.find_role(role)
            password = secrets[f"{name}_password"]
            security_manager.add_user(name, name, "jobmaal", f"{name}@localhost.invalid", found, password)


def _import(layout: Layout, contents: dict[str, Any]) -> None:
    """Import everything, over what was there; write it as a file, too, for another Superset.

    `superset import-dashboards` would leave charts and datasets as they were.
    """
    from superset import security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.utils.core import override_user

    texts = {name: yaml.safe_dump(content, allow_unicode=True, sort_keys=False) for name, content in contents.items()}
    with zipfile.ZipFile(layout.superset / "jobmaal.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in texts.items():
            file.writestr(f"jobmaal/{name}", text)
    # The type says that it is a dashboard's export, which this command takes as part of everything.
    metadata = {key: value for key, value in contents["metadata.yaml"].items() if key != "type"}
    with override_user(security_manager.find_user(ADMIN)):
        ImportAssetsCommand(texts | {"metadata.yaml": yaml.safe_dump(metadata)}).run()


def _let_readers_read(contents: dict[str, Any]) -> None:
    """Grant readers what Superset lets the public do at most, these datasets, and no other right."""
    from superset import db, security_manager
    from superset.connectors.sqla.models import SqlaTable

    uuids = [content["uuid"] for _, content in assets.of_kind(contents, "datasets/")]
    datasets = {dataset.perm for dataset in db.session.query(SqlaTable).filter(SqlaTable.uuid.in_(uuids))}
    rights = {
        *security_manager.PUBLIC_ROLE_PERMISSIONS,
        *(("datasource_access", dataset) for dataset in datasets),
        ("can_csv", "Superset"),
        ("can_language_pack", "Superset"),
        # A page reports to the server what is clicked, and shows an error where it may not.
        ("can_log", "Superset"),
        ("can_recent_activity", "Log"),
        ("can_read", "SecurityRestApi"),
        ("menu_access", "Dashboards"),
    }
    every = db.session.query(security_manager.permissionview_model).all()
    security_manager.set_role(READERS, lambda one: (one.permission.name, one.view_menu.name) in rights, every)
    db.session.commit()


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        prepare(Layout.from_environment())
