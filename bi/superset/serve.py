"""`make superset`: Superset on this machine alone, with the dashboard of the current release.

Belongs here: secrets, address, and starting what runs. Does not: Superset's settings (`superset_config`) and content
(`prepare`).
"""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from bi.superset import assets
from jobmaal.core import files
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import PROJECT, Layout

HOST = "127.0.0.1"


def environment_of(layout: Layout) -> dict[str, str]:
    """Return the environment that Superset runs in: these settings and folders, without the tokens of others."""
    ours = ("SUPERSET_", "FLASK_", "JOBMAAL_", "JOBINDSATS_", "DAGSTER_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **kept,
        **layout.to_environment(),
        "PYTHONPATH": str(PROJECT),
        "SUPERSET_CONFIG_PATH": str(assets.HERE / "superset_config.py"),
        "SUPERSET_HOME": str(layout.superset),
    }


def make_ready(layout: Layout) -> None:
    """Make secrets at the first start, and bring Superset's own database up to date.

    Raises NoReleaseError without a release, JobmaalError where YAML and release do not fit, or Superset refuses.
    """
    # Checked here, before anything is written.
    assets.bundle(layout)
    layout.superset.mkdir(mode=0o700, exist_ok=True)
    _make_secrets(layout.superset / "secrets.json")
    log = layout.superset / "prepare.log"
    with log.open("w", encoding="utf-8") as file:
        command = [sys.executable, "-m", "bi.superset.prepare"]
        done = subprocess.run(command, cwd=PROJECT, env=environment_of(layout), stderr=file, check=False)
    if done.returncode:
        raise JobmaalError(f"Superset could not be made ready; {log} has its messages.")


def _make_secrets(path: Path) -> None:
    """Make the keys that nobody needs to know, and the two passwords, once."""
    if path.exists():
        return
    made = {name: secrets.token_urlsafe(32) for name in ("secret_key", "admin_password", "laeser_password")}
    files.write(path, json.dumps(made, indent=1))


def server(port: int) -> list[str]:
    """Return the command that serves: one process with threads, which is enough where a query takes milliseconds."""
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    options = {"--bind": f"{HOST}:{port}", "--worker-class": "gthread", "--threads": "8", "--timeout": "120"}
    flat = [part for option in options.items() for part in option]
    return [gunicorn, *flat, "--no-control-socket", "--log-level", "warning", "superset.app:create_app()"]


@click.command()
@click.option("--port", default=8088, show_default=True, help="Where it listens, on this machine alone.")
@click.option("--only-prepare", is_flag=True, help="Import the dashboard and end; a server that runs goes on.")
@click.option("--as-it-is", is_flag=True, help="Start at once, with the dashboard as it was imported last.")
def main(port: int, *, only_prepare: bool, as_it_is: bool) -> None:
    """Start Superset on the current release."""
    # Nobody else may read what this process makes: its secrets, and Superset's own database.
    os.umask(0o077)
    layout = Layout.from_environment()
    try:
        if not only_prepare:
            _require_free(port)
        if as_it_is and not (layout.superset / "superset.db").exists():
            raise JobmaalError(f"There is no Superset in {layout.superset} yet. `make superset` makes one.")
        if not as_it_is:
            print("Making Superset ready (the first time a minute or two)", file=sys.stderr)
            make_ready(layout)
    except JobmaalError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    if only_prepare:
        return
    print(f"Superset: http://{HOST}:{port}/superset/dashboard/jobmaal/ (Ctrl-C ends it)")
    print(f"Log in as admin, or as laeser who may only read; passwords: {layout.superset / 'secrets.json'}", flush=True)
    _become(server(port), environment_of(layout))


def _require_free(port: int) -> None:
    """Raise JobmaalError where something listens already: better known before the import than after."""
    try:
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind((HOST, port))
    except OSError:
        raise JobmaalError(
            f"Something else listens on {HOST}:{port}, perhaps a Superset that is started already. Name another port:"
            f" make superset PORT={port + 1}"
        ) from None


def _become(command: list[str], environment: Mapping[str, str]) -> None:
    os.chdir(PROJECT)
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main()
