"""The platform: what Dagster runs. Thin; the work itself is in `jobmaal`, `dbt` and `expectations`."""

from jobmaal.core.layout import prefer_own_packages

# In every process that Dagster starts.
prefer_own_packages()
