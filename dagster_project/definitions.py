"""Everything that the platform runs, on one page."""

from dagster import Definitions, define_asset_job, in_process_executor

from dagster_project.assets import REFRESH_JOB, benchmark_series, input_tables, published_release, warehouse
from dagster_project.workspace import Workspace

refresh = define_asset_job(
    REFRESH_JOB,
    selection=[input_tables, benchmark_series, warehouse, published_release],
    description="Load input tables and series, build the warehouse, check it, and publish it if every check holds.",
)

defs = Definitions(
    assets=[input_tables, benchmark_series, warehouse, published_release],
    jobs=[refresh],
    resources={"workspace": Workspace()},
    # Both databases have one writer, so steps gain nothing from processes of their own, and would pay for them.
    executor=in_process_executor,
)
