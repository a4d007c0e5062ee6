"""A real OpenSearch cluster on this machine: one process for each node, on the loopback address, data in a folder.

OpenSearch and its k-NN plugin come through Maven, as `pom.xml` names them, and are kept in `build/cluster` of the
checkout, so that a second start needs neither Maven nor a network. Needs a JDK (17 or newer) and Maven.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent.parent / "build" / "cluster"
START_WITHIN = 240.0  # seconds, on a busy machine
_PR_SET_PDEATHSIG = 1

JAVA = ("java", "-Xms512m", "-Xmx512m", "-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A small heap, and the compiler that starts quickly: these nodes live for minutes."""

SETTINGS = """\
cluster.name: verdure-local
node.name: node-{number}
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
discovery.seed_hosts: [{seeds}]
discovery.find_peers_interval: 200ms
cluster.initial_cluster_manager_nodes: [{names}]
cluster.routing.allocation.disk.threshold_enabled: false
"""


def can_run() -> str:
    """Why no cluster can be started here, or ""."""
    missing = [command for command in ("java", "javac", "mvn") if not shutil.which(command)]
    return f"not installed: {', '.join(missing)}" if missing else ""


class LocalCluster:
    """Nodes are numbered from 1. `start` returns when all have joined; whatever ends this process ends them too."""

    def __init__(self, folder: Path, *, nodes: int = 3) -> None:
        self.folder = folder
        self.numbers = range(1, nodes + 1)
        ports = iter(_free_ports(2 * nodes))
        self.http = {number: next(ports) for number in self.numbers}
        self.transport = {number: next(ports) for number in self.numbers}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def hosts(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in self.http.values())

    def start(self, *numbers: int) -> None:
        """Start all nodes, or the ones named, and wait until as many as run have found each other."""
        classes = class_path()
        for number in numbers or self.numbers:
            self._start(number, classes)
        self.wait_for(len(self._processes))

    def kill(self, number: int) -> None:
        """As by `kill -9`: the node has no time to say goodbye."""
        process = self._processes.pop(number)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for number in list(self._processes):
            self.kill(number)

    def lose(self) -> None:
        """As by fire: the nodes, and all that they held."""
        self.stop()
        for number in self.numbers:
            shutil.rmtree(self.folder / f"node-{number}" / "data", ignore_errors=True)

    def wait_for(self, nodes: int, *, status: str = "yellow") -> None:
        """Until a cluster of so many nodes has formed, and its indices are at least of this health."""
        until = time.monotonic() + START_WITHIN
        while not self._is_formed(nodes, status):
            for number, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"node {number} ended:\n{self._log(number)[-4000:]}")
            if time.monotonic() > until:
                raise TimeoutError(f"no cluster of {nodes} nodes:\n{self._log(min(self._processes))[-4000:]}")
            time.sleep(0.3)

    def _is_formed(self, nodes: int, status: str) -> bool:
        """Asked of every node: one that was killed a moment ago may still be counted by the others."""
        wanted = f"wait_for_status={status}&wait_for_nodes={nodes}&timeout=1s"
        for number in self._processes:
            with suppress(OSError, ValueError):
                address = f"http://127.0.0.1:{self.http[number]}/_cluster/health?{wanted}"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if not json.load(answer)["timed_out"]:
                        continue
            return False
        return True

    def _start(self, number: int, classes: str) -> None:
        home = self.folder / f"node-{number}"
        for part in ("config", "modules", "plugins"):
            (home / part).mkdir(parents=True, exist_ok=True)
        (home / "config" / "opensearch.yml").write_text(self._settings(number))
        with (home / "log").open("ab") as log:
            self._processes[number] = subprocess.Popen(
                [*JAVA, "-cp", classes, "ClusterNode", str(home)], stdout=log, stderr=log, preexec_fn=_tie_to_parent
            )

    def _settings(self, number: int) -> str:
        return SETTINGS.format(
            number=number,
            http=self.http[number],
            transport=self.transport[number],
            seeds=", ".join(f'"127.0.0.1:{port}"' for port in self.transport.values()),
            names=", ".join(f"node-{each}" for each in self.numbers),
        )

    def _log(self, number: int) -> str:
        return (self.folder / f"node-{number}" / "log").read_text(errors="replace")


def class_path() -> str:
    """All that a node runs from: fetched, unpacked and compiled at the first call, kept for the next."""
    sources = (HERE / "pom.xml", HERE / "ClusterNode.java")
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    kept = KEPT / digest
    if not (kept / "class-path").exists():
        kept.mkdir(parents=True, exist_ok=True)
        (kept / "class-path.new").write_text(":".join(_made_in(kept)))
        (kept / "class-path.new").replace(kept / "class-path")
    return (kept / "class-path").read_text()


def _made_in(folder: Path) -> Iterator[str]:
    resolved = folder / "resolved"
    _run("mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:build-classpath", f"-Dmdep.outputFile={resolved}")
    parts = resolved.read_text().strip().split(":")
    for archive in (part for part in parts if part.endswith(".zip")):
        with zipfile.ZipFile(archive) as plugin:
            plugin.extractall(folder / "plugin", [name for name in plugin.namelist() if name.endswith(".jar")])
    jars = [part for part in parts if part.endswith(".jar")] + sorted(map(str, (folder / "plugin").glob("*.jar")))
    _run("javac", "-cp", ":".join(jars), "-d", str(folder / "classes"), str(HERE / "ClusterNode.java"))
    yield str(folder / "classes")
    yield from jars


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


_prctl = ctypes.CDLL(None).prctl if sys.platform.startswith("linux") else None


def _tie_to_parent() -> None:
    """In the child: be killed when the parent ends, however it ends, and take no Ctrl-C meant for it."""
    os.setsid()
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
