"""A real supervisor process over children that write down their process numbers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.conftest import ROOT, until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ties to the parent are Linux's")

CHILD = """
import os, subprocess, sys, time
from pathlib import Path
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
log = Path(sys.argv[1])
with log.open("a") as file:
    file.write(f"{os.getpid()} {grandchild.pid}\\n")
time.sleep(600)
"""

SUPERVISOR = """
import sys
from verdure.core.supervisor import Child, Supervisor
children = [Child(log, [sys.executable, "-c", sys.argv[1], log]) for log in sys.argv[2:]]
Supervisor(children, say=lambda text: print(text, flush=True), grace=5).run()
print("over", flush=True)
"""


class Family:
    """The supervisor under test, and whom it started."""

    def __init__(self, folder: Path) -> None:
        self.logs = [folder / "first", folder / "second"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SUPERVISOR), CHILD, *map(str, self.logs)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        until(lambda: all(self.started(log) for log in self.logs))

    def started(self, log: Path) -> list[tuple[int, int]]:
        """Child and grandchild of every start, as far as they are whole lines."""
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        return [(int(a), int(b)) for a, b in (line.split() for line in lines if line.endswith("\n"))]

    @property
    def everyone(self) -> list[int]:
        return [number for log in self.logs for pair in self.started(log) for number in pair]


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    made = Family(tmp_path)
    yield made
    made.process.kill()
    for number in filter(_lives, made.everyone):
        os.kill(number, signal.SIGKILL)
    made.process.wait()
    assert made.process.stdout
    made.process.stdout.close()


def _lives(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


def test_child_that_is_killed_is_started_again_and_leaves_none_behind(family: Family) -> None:
    [(child, grandchild)] = family.started(family.logs[0])
    os.kill(child, signal.SIGKILL)
    until(lambda: len(family.started(family.logs[0])) == 2)
    assert not _lives(grandchild)
    assert all(map(_lives, family.started(family.logs[0])[1]))
    assert len(family.started(family.logs[1])) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_everyone(family: Family, number: signal.Signals) -> None:
    family.process.send_signal(number)
    assert family.process.wait() == 0
    assert family.process.stdout
    assert family.process.stdout.read() == "over\n"
    assert [pid for pid in family.everyone if _lives(pid)] == []


def test_supervisor_that_is_killed_takes_its_children_along(family: Family) -> None:
    children = [family.started(log)[0][0] for log in family.logs]
    family.process.kill()
    until(lambda: not any(map(_lives, children)))
