"""What the tests are started from makes no difference to them.

Belongs here: what a shell or a runner hands on to every process. Does not: what a test sets up for itself.
"""

import signal
import subprocess
import sys

from jobmaal.core.layout import PROJECT


def ignore_interrupts() -> None:
    """Ignore Ctrl-C, as what a shell starts in the background does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_what_is_interrupted_on_purpose_is_interrupted_where_the_tests_run_in_the_background() -> None:
    child = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    code = f"import tests.conftest, subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    done = subprocess.run(
        [sys.executable, "-c", code], preexec_fn=ignore_interrupts, cwd=PROJECT, capture_output=True, text=True,
        check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout == "True\n"
