"""The platform: what Dagster runs. Thin; the work itself is in `jobmaal`, `dbt` and `expectations`."""

import sys

from jobmaal.core.layout import PROJECT

# A package of the same name as one of the project's (`expectations` is a common one) may lie on the user's PYTHONPATH,
# which comes before what is installed. The project's own come first in every process that Dagster starts.
sys.path.insert(0, str(PROJECT))
