"""The runtime of the charts: Vega, Vega-Lite and their embedding, as one script that needs no network.

Belongs here: getting the script out of its package, once for an environment, where the environment is set up. Does not:
charts (`charts`). Run it with `python -m jobmaal.outputs.report.vega`.

The package runs JavaScript to put the script together. That takes some seconds, and a machine code compiler, which a
service under systemd is forbidden to have: so it is done when the environment is made, and never by a refresh.
"""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

from jobmaal.core import files
from jobmaal.core.errors import JobmaalError

_PACKAGE = "vl-convert-python"


def _kept() -> Path:
    return Path(sys.prefix) / "share" / "jobmaal" / f"vega-{metadata.version(_PACKAGE)}.js"


def runtime() -> str:
    """Return the script, which sets `vegaEmbed`. Raises JobmaalError where it is missing and cannot be written."""
    if not _kept().is_file():
        # In a process of its own, which the compiler may take down with it.
        done = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            fault = f"The script that draws the charts is not at {_kept()} and could not be put there"
            raise JobmaalError(f"{fault}. Run `{sys.executable} -m {__name__}` as somebody who may write there.")
    return _kept().read_text(encoding="utf-8")


def main() -> None:
    """Write the script from its package, unless it is there already."""
    if _kept().is_file():
        return
    import vl_convert  # a refresh does without it

    # Its declaration asks for a script to bundle; without one it returns all of Vega.
    script: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    files.write(_kept(), script)


if __name__ == "__main__":
    main()
