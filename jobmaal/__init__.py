"""jobmaal: the data warehouse of Copenhagen's employment agreements.

What belongs in this package: everything that needs no framework (reading figures, reconciling,
releasing, tracing, the command line). What does not: Dagster assets (`dagster_project`), SQL (`dbt`),
expectations (`expectations`).
"""

__version__ = "0.1.0"
