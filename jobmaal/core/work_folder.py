"""The folder in which a build is made, `data/work`: making it, recognising it, removing it.

Belongs here: whose folder it is, and that it goes whole. Does not: what is in it.

A mark beside the folder says that jobmaal made it. What is in it proves nothing: somebody who removes it while a
refresh runs leaves whatever was written last, and a mark inside would be the first to go.
"""

import os
import shutil
import tempfile
from pathlib import Path

from jobmaal.core import files
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout

_MARK = "The folder `work` beside this file is made and emptied by jobmaal.\n"


def make(layout: Layout) -> None:
    """Make the folder where there is none, and mark it before that. Raises JobmaalError for somebody else's folder."""
    if not layout.work_mark.exists():
        _check_whose(layout)
        files.write(layout.work_mark, _MARK)
    if os.path.lexists(layout.work) and not layout.work.is_dir():
        # A file, or a link that leads nowhere; the mark says that the place is jobmaal's.
        remove(layout)
    layout.work.mkdir(exist_ok=True)


def clear(layout: Layout) -> None:
    """Empty the folder of what an earlier build left, whole or not. Raises JobmaalError for somebody else's folder."""
    make(layout)
    remove(layout)
    make(layout)


def remove(layout: Layout) -> None:
    """Remove the folder. It is renamed first: killed meanwhile, it leaves nothing half under its name."""
    leaving = layout.data / ".work.leaving"
    if os.path.lexists(leaving) and (leaving.is_symlink() or not leaving.is_dir()):
        leaving.unlink()
    if os.path.lexists(layout.work):
        leaving.mkdir(exist_ok=True)
        # A name of its own: what an earlier removal could not remove stands in nobody's way.
        layout.work.rename(Path(tempfile.mkdtemp(dir=leaving)) / layout.work.name)
    shutil.rmtree(leaving, ignore_errors=True)


def _check_whose(layout: Layout) -> None:
    """Check that a folder without a mark is empty, or lies beside releases: earlier versions made no mark."""
    is_empty = not os.path.lexists(layout.work) or (layout.work.is_dir() and not any(layout.work.iterdir()))
    if not is_empty and not any(layout.releases.glob("*T*Z-*")):
        raise JobmaalError(
            f"{layout.work} holds something that jobmaal did not make. Move it away, or name another folder with "
            "--data."
        )
