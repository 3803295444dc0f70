"""What the tests of the platform share. Belongs here: fixtures of several modules. Does not: any assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import Published, environment

if TYPE_CHECKING:
    from dagster import Definitions


@pytest.fixture(scope="session")
def definitions(published: Published) -> Definitions:
    """Load the code location. Its assets are read from the dbt project while it is imported."""
    with environment(published.layout):
        from dagster_project.definitions import defs  # the folders must be known first
    return defs
