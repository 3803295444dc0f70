"""The platform: what Dagster runs. Thin; the work itself is in `jobmaal`, `dbt` and `expectations`."""
