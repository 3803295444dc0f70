"""How to fetch: the settings, their defaults and limits, and the variables that they are read from.

Belongs here: what the command line and the nightly fetch both need. Does not: the token (`client`), nor the limits on
what a response may hold (`limits`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from jobmaal.core.errors import JobmaalError


@dataclass(frozen=True)
class Settings:
    """How to fetch: cells a request, requests a second (0: as fast as they come), connections, seconds for one try."""

    cell_limit: int = 100_000
    rate: float = 2.0
    connections: int = 2
    timeout: float = 120.0


#: The variable of each setting, what it may be, and what the command line says of it.
_OPTIONS = {
    "cell_limit": ("JOBINDSATS_CELL_LIMIT", click.IntRange(min=1), "Cells to ask for at a time."),
    "rate": ("JOBINDSATS_RATE", click.FloatRange(min=0), "Requests a second; 0 for no limit."),
    "connections": ("JOBINDSATS_CONNECTIONS", click.IntRange(1, 16), "Requests under way at a time."),
    "timeout": (
        "JOBINDSATS_TIMEOUT", click.FloatRange(min=0, min_open=True),
        "Seconds for one try of a request, until the last byte has come.",
    ),
}  # fmt: skip


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each setting to a command, whose parameters have the settings' names."""
    for name, (variable, kind, description) in reversed(_OPTIONS.items()):
        command = click.option(
            f"--{name.replace('_', '-')}",
            type=kind,
            default=getattr(Settings, name),
            show_default=True,
            envvar=variable,
            help=description,
        )(command)
    return command


def from_environment() -> Settings:
    """Return the settings that the environment and the defaults give. Raises JobmaalError, naming the variable."""
    command = click.command("fetch")(options(Settings))
    try:
        return Settings(**command.make_context("fetch", []).params)
    except click.UsageError as error:
        raise JobmaalError(error.format_message()) from None
