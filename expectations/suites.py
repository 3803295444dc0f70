"""All suites, in the order in which their outcomes are told."""

from __future__ import annotations

from expectations import budgets, courses, input_tables, lineage, series, targets
from expectations.runner import Check


def all_checks() -> list[Check]:
    """Return every check of every suite."""
    suites = (input_tables, budgets, courses, targets, lineage, series)
    return [check for suite in suites for check in suite.CHECKS]
