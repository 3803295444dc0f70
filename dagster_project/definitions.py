"""Everything that the platform runs, on one page."""

from dagster import Definitions, in_process_executor

from dagster_project import assets, nights
from dagster_project.workspace import Workspace

defs = Definitions(
    assets=[nights.landed_responses, *assets.STEPS],
    asset_checks=[nights.release_is_in_order],
    jobs=[assets.refresh, nights.nightly, nights.morning],
    schedules=nights.SCHEDULES,
    sensors=[nights.input_tables_changed],
    resources={"workspace": Workspace()},
    # Both databases have one writer, so steps gain nothing from processes of their own, and would pay for them.
    executor=in_process_executor,
)
