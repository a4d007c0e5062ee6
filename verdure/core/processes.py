"""Facts about processes of this machine that Python's library does not offer: identity, life, ties, locks."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Looked up while there is but one process: between fork and exec little is safe to do.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform.startswith("linux") else None


class AlreadyHeld(RuntimeError):
    """Another process holds the lock."""


@cache
def this_machine() -> str:
    """Names the space in which a process number means something: host, its last start, process namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{platform.node()}/{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return platform.node()


def this_process() -> str:
    """Names this process for `is_running`: its number and, on Linux, the moment it was started."""
    return f"{os.getpid()}/{_started(os.getpid())}"


def is_running(process: str) -> bool:
    """Whether the process of that name lives on this machine; a later one with the same number is another."""
    pid, _, started = process.partition("/")
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    """Clock ticks from the machine's start to the process's; "gone" for a zombie, empty where Linux's /proc is not."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return ""
    return "gone" if state in "ZX" else fields[18]


def tie_to_parent(parent: int) -> None:
    """For a child to call first: from then on the kernel ends it when the process that started it is gone.

    Holds even for a parent ended by SIGKILL. On Linux alone; elsewhere nothing is done.
    """
    if _prctl is None:
        return
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it went in the moment before the call
        os._exit(1)


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Holds a lock that the kernel drops when this process ends, however it ends. Raises AlreadyHeld."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyHeld(path.name) from None
        yield
