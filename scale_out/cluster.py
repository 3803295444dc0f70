"""A Spark cluster on this machine, to try things on: `scale_out/.venv/bin/python -m scale_out.cluster FOLDER`.

Belongs here: a standalone master, two workers and the Thrift server, all on loopback, from the pyspark wheel; what
they say of their work. Does not: what runs on the cluster, nor a cluster for production, where all of this is there
already and only the address is ours to know.

Nothing but Python's own library is needed, so that the project's own environment can start it too. It knows no
passwords: everyone who can reach the port may do everything. So it listens on loopback alone.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The environment that `make spark-env` makes.
VENV = Path(__file__).with_name(".venv")
HOST = "127.0.0.1"
WORKERS = 2
_SECONDS_TO_START = 300
#: Lets a process end with the one that starts it, also where that one is killed.
_UNTIL_WE_END = ("setpriv", "--pdeathsig", "TERM")
_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"
_THRIFT = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
#: The settings of a cluster for the series, wherever it runs.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    # As every other reader of Parquet expects a time, DuckDB among them.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # A number that does not fit stops the loader, as it stops DuckDB; dbt-spark switches this off in its own session.
    "spark.sql.ansi.enabled": "true",
}


class ClusterError(RuntimeError):
    """The cluster cannot run on this machine, or did not start."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: the address of the Thrift server, the folder of its tables, the address of its REST API.

    `warehouse` holds a folder for each schema, in it one for each table.
    """

    host: str
    port: int
    warehouse: Path
    ui: str

    def to_environment(self) -> dict[str, str]:
        """Return the variables by which dbt's profile and the loader find it."""
        return {"JOBMAAL_SPARK_HOST": self.host, "JOBMAAL_SPARK_PORT": str(self.port)}

    def tasks_by_executor(self) -> dict[str, int]:
        """Return the tasks that each executor has completed."""
        return {f"{each['id']} at {each['hostPort']}": each["completedTasks"] for each in self.executors()}

    def executors(self) -> list[dict[str, Any]]:
        """Return the application's executors, as its REST API reports them; without the driver."""
        application = self._ask("applications")[0]["id"]
        told = self._ask(f"applications/{application}/allexecutors")
        return [each for each in told if each["id"] != "driver"]

    def _ask(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.ui}/api/v1/{what}", timeout=30) as answer:
            return json.load(answer)


def missing() -> str:
    """Return what a cluster needs and this machine lacks; blank where it has everything."""
    if shutil.which("java") is None:
        return "no Java is installed (Debian's package openjdk-17-jre-headless)"
    if not (VENV / ".ready").exists():
        return "there is no environment for Spark (make spark-env)"
    return ""


@contextlib.contextmanager
def running(
    folder: Path, *, cores: int = 1, memory: str = "1g", driver_memory: str = "1g", settings: Mapping[str, str] = {}
) -> Iterator[Cluster]:
    """Run a cluster of two workers with its tables under a folder, which may have those of an earlier run.

    Each worker has this number of cores and this memory. Raises ClusterError.
    """
    lacking = missing()
    if lacking:
        raise ClusterError(f"Spark cannot be started: {lacking}.")
    folder = folder.resolve()
    started: list[tuple[str, subprocess.Popen[bytes]]] = []
    master_port, master_ui, thrift_port, ui_port, *worker_uis = _free_ports(4 + WORKERS)
    address = f"spark://{HOST}:{master_port}"

    def start(name: str, *command: str) -> None:
        log = folder / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*_UNTIL_WE_END, _spark_home() / "bin" / command[0], *command[1:]], env=_environment(), cwd=folder,
                stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        started.append((name, process))

    try:
        start(
            "master", "spark-class", _MASTER, "--host", HOST, "--port", str(master_port), "--webui-port", str(master_ui)
        )
        _wait_for(master_port, started, folder)
        for number, worker_ui in enumerate(worker_uis, 1):
            own = ("--cores", str(cores), "--memory", memory, "--work-dir", str(folder / f"worker-{number}"))
            start(
                f"worker-{number}",
                "spark-class",
                _WORKER,
                "--host",
                HOST,
                "--webui-port",
                str(worker_ui),
                *own,
                address,
            )
        own_settings = {
            **SETTINGS,
            "spark.executor.cores": str(cores),
            "spark.executor.memory": memory,
            "spark.cores.max": str(cores * WORKERS),
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.ui.port": str(ui_port),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": str(2 * cores * WORKERS),
            # No table is so small here that waiting for more executors than one would pay.
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/metastore;create=true",
            "spark.hadoop.hive.server2.authentication": "NOSASL",
            "spark.hadoop.hive.server2.thrift.bind.host": HOST,
            "spark.hadoop.hive.server2.thrift.port": str(thrift_port),
            **settings,
        }  # fmt: skip
        conf = [part for name, value in own_settings.items() for part in ("--conf", f"{name}={value}")]
        start(
            "thrift", "spark-submit", "--master", address, "--driver-memory", driver_memory, *conf,
            "--class", _THRIFT, "spark-internal",
        )  # fmt: skip
        _wait_for(thrift_port, started, folder)
        yield Cluster(HOST, thrift_port, folder / "warehouse", f"http://{HOST}:{ui_port}")
    finally:
        # The Thrift server first, so that the others see it go.
        for _, process in reversed(started):
            _stop(process)


def _spark_home() -> Path:
    [home] = VENV.glob("lib/python3*/site-packages/pyspark")
    return home


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_", "HADOOP_"))}
    # Where each listens, its web page too. The master's other door has a port that is always the same.
    own = {"SPARK_LOCAL_IP": HOST, "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false"}
    return {**kept, **own, "SPARK_HOME": str(_spark_home()), "TZ": "UTC"}


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _wait_for(port: int, started: list[tuple[str, subprocess.Popen[bytes]]], folder: Path) -> None:
    """Wait until a port answers. Raises ClusterError where a process ends before, or none does in time."""
    limit = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < limit:
        for name, process in started:
            if process.poll() is not None:
                raise ClusterError(f"Spark's {name} ended with {process.returncode}; see {folder}/logs/{name}.log.")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.2)
    raise ClusterError(f"Spark did not come up within {_SECONDS_TO_START} seconds; see {folder}/logs.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: each leads a group of its own."""
    for how, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 20)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return


def main() -> None:
    """Run a cluster until it is interrupted."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/spark")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running(folder) as cluster:
        for name, value in cluster.to_environment().items():
            print(f"export {name}={value}")
        print(f"# its work: {cluster.ui}; Ctrl-C ends it", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
