"""All suites, in the order in which their outcomes are told."""

from __future__ import annotations

from expectations import budgets, courses, input_tables, lineage, targets
from expectations.runner import Check


def all_checks() -> list[Check]:
    """Give every check of every suite."""
    return [*input_tables.CHECKS, *budgets.CHECKS, *courses.CHECKS, *targets.CHECKS, *lineage.CHECKS]
