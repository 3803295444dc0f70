"""How to fetch: the settings, their defaults and limits, and the variables that they are read from.

Belongs here: what the command line and the nightly fetch both need. Does not: the token (`client`), nor the limits on
what a response may hold (`limits`).
"""

from __future__ import annotations

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


_OPTIONS = (
    click.option(
        "--cell-limit",
        type=click.IntRange(min=1),
        default=Settings.cell_limit,
        show_default=True,
        envvar="JOBINDSATS_CELL_LIMIT",
        help="Cells to ask for at a time.",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(min=0),
        default=Settings.rate,
        show_default=True,
        envvar="JOBINDSATS_RATE",
        help="Requests a second; 0 for no limit.",
    ),
    click.option(
        "--connections",
        type=click.IntRange(1, 16),
        default=Settings.connections,
        show_default=True,
        envvar="JOBINDSATS_CONNECTIONS",
        help="Requests under way at a time.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=Settings.timeout,
        show_default=True,
        envvar="JOBINDSATS_TIMEOUT",
        help="Seconds for one try of a request, until the last byte has come.",
    ),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each setting to a command, whose parameters have the settings' names."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def from_environment() -> Settings:
    """Return the settings that the environment and the defaults give. Raises JobmaalError, naming the variable."""
    command = click.command("fetch")(options(Settings))
    try:
        return Settings(**command.make_context("fetch", []).params)
    except click.UsageError as error:
        raise JobmaalError(error.format_message()) from None
