"""`make superset-export`: what was changed in Superset, back into the YAML beside this module.

Belongs here: removing from an export what belongs to one Superset alone, or has its home elsewhere (`assets` adds it
again). Does not: the export itself, which is Superset's own command. Runs inside Superset's environment.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from bi.superset import assets
from bi.superset.serve import environment_of
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout

#: What Superset saves with a chart of its place and its last query.
_OF_ONE_SUPERSET = ("datasource", "slice_id", "dashboards", "url_params", "extra_form_data", "dashboardId")


def export(folder: Path) -> list[str]:
    """Write the dashboard with all that belongs to it into a folder; return the names of the files that changed.

    Files of charts that are no longer on the dashboard are removed. Raises JobmaalError where Superset has none.
    """
    from superset.app import create_app  # reads the settings, and takes seconds

    with create_app().app_context():
        contents = _exported()
    texts = {name: _text(content) for name, content in sorted(contents.items())}
    before = {str(file.relative_to(folder)): file for kind in ("charts", "dashboards", "databases", "datasets")
              for file in folder.glob(f"{kind}/**/*.yaml")}  # fmt: skip
    changed = [name for name, text in texts.items() if name not in before or before[name].read_text("utf-8") != text]
    for name in changed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(texts[name], encoding="utf-8")
    gone = sorted(before.keys() - texts.keys())
    for name in gone:
        before[name].unlink()
    return changed + gone


def _exported() -> dict[str, Any]:
    from superset import db, security_manager
    from superset.commands.dashboard.export import ExportDashboardsCommand
    from superset.models.dashboard import Dashboard
    from superset.utils.core import override_user

    [(_, ours)] = assets.of_kind(assets.committed(), "dashboards/")
    found = db.session.query(Dashboard).filter_by(uuid=ours["uuid"]).one_or_none()
    if found is None:
        raise JobmaalError("Superset has no dashboard of jobmaal's yet. `make superset` imports it.")
    with override_user(security_manager.find_user("admin")):
        exported = {name: yaml.safe_load(text()) for name, text in ExportDashboardsCommand([found.id]).run()}
    names = {content["uuid"]: name for name, content in assets.committed().items() if "uuid" in content}
    exported.pop("metadata.yaml")
    # A chart that is new here gets the name that Superset gives it, without the number that it has there.
    return {
        names.get(content["uuid"], re.sub(r"_\d+\.yaml$", ".yaml", name)): _portable(name, content)
        for name, content in exported.items()
    }


def _portable(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Remove what belongs to one Superset alone, and what is filled in at the import."""
    if name.startswith("charts/"):
        content.pop("query_context", None)
        content["params"] = {key: value for key, value in content["params"].items() if key not in _OF_ONE_SUPERSET}
    if name.startswith("datasets/"):
        labelled = [column for column in content["columns"] if column["verbose_name"]]
        content["columns"] = sorted(
            ({key: column[key] for key in ("column_name", "verbose_name")} for column in labelled),
            key=lambda column: str(column["column_name"]),
        )
        content.pop("description", None)
    if name.startswith("dashboards/"):
        content = _for_any_municipality(_renumbered(content))
    return {key: value for key, value in content.items() if value not in (None, "")}


def _for_any_municipality(dashboard: dict[str, Any]) -> dict[str, Any]:
    """Return a dashboard in which the municipality of this Superset's release is any; the filter has its name."""
    [chosen] = [one for one in dashboard["metadata"]["native_filter_configuration"] if one["name"] == "Kommune"]
    [municipality] = chosen["defaultDataMask"]["filterState"]["value"]
    return dict(assets.replaced(dashboard, municipality, assets.MUNICIPALITY))


def _renumbered(dashboard: dict[str, Any]) -> dict[str, Any]:
    """Return a dashboard whose charts have numbers that do not depend on this Superset's database."""
    charts = [part["meta"] for part in dashboard["position"].values() if isinstance(part, dict) and _is_chart(part)]
    numbers = {meta["chartId"]: number for number, meta in enumerate(sorted(charts, key=lambda m: m["uuid"]), 1)}
    for meta in charts:
        meta["chartId"] = numbers[meta["chartId"]]
    metadata = dashboard["metadata"]
    for name in ("chart_configuration", "global_chart_configuration", "map_label_colors", "shared_label_colors",
                 "color_scheme_domain", "default_filters", "filter_scopes"):  # fmt: skip
        metadata.pop(name, None)
    for chosen in metadata["native_filter_configuration"]:
        for name in ("chartsInScope", "tabsInScope"):
            chosen.pop(name, None)
        chosen["scope"]["excluded"] = sorted(numbers[chart] for chart in chosen["scope"]["excluded"])
    return dashboard


def _is_chart(part: dict[str, Any]) -> bool:
    return part.get("type") == "CHART"


def _text(content: Any) -> str:
    # Through JSON, so that nothing is written as an alias of something else.
    plain = json.loads(json.dumps(content))
    text: str = yaml.safe_dump(plain, allow_unicode=True, sort_keys=True, width=110)
    return text


def main(folder: str | None = None) -> int:
    """Export, and print what changed."""
    layout = Layout.from_environment()
    os.environ.update(environment_of(layout))
    if not (layout.superset / "superset.db").exists():
        print(f"There is no Superset in {layout.superset} yet. `make superset` makes one.", file=sys.stderr)
        return 1
    try:
        changed = export(Path(folder) if folder else assets.HERE)
    except JobmaalError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("\n".join(changed) or "Nothing has changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
