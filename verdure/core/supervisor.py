"""Keeps a few processes running as one: starts them, restarts one that dies, ends all together, leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from .processes import tie_to_parent

LOOK_EVERY = 0.2  # seconds
FIRST_PAUSE = 0.5  # seconds before the first restart; doubled for each that soon dies again
LONGEST_PAUSE = 30.0
SETTLED_AFTER = 60.0  # seconds of life after which earlier deaths are forgotten


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    command: Sequence[str]


@dataclass(slots=True)
class _Kept:
    """One child over all its restarts."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    restart_at: float = field(default_factory=time.monotonic)


class Supervisor:
    """`say` is told what happens. `grace`: seconds that children get to end by themselves once they are asked to."""

    def __init__(self, children: Sequence[Child], *, say: Callable[[str], None], grace: float = 20.0) -> None:
        self._kept = [_Kept(child) for child in children]
        self._say = say
        self._grace = grace
        self._ending = threading.Event()
        self._hurried = False

    def run(self, *, until_ready: Callable[[], bool] = lambda: True) -> None:
        """Returns once a signal to end has come and every child is gone; a second one cuts the wait short.

        `until_ready` is asked at every look until it says yes. Call from the main thread.
        """
        before = {number: signal.signal(number, self._end) for number in _signals_to_end()}
        ready = False
        try:
            while not self._ending.is_set():
                self._look()
                ready = ready or until_ready()
                self._ending.wait(LOOK_EVERY)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, *_: object) -> None:
        self._hurried = self._ending.is_set()
        self._ending.set()

    def _look(self) -> None:
        for kept in self._kept:
            if kept.process and _has_ended(kept.process):
                self._bury(kept)
            if not kept.process and time.monotonic() >= kept.restart_at:
                _start(kept)

    def _bury(self, kept: _Kept) -> None:
        """Plans the restart of a child that died by itself."""
        assert kept.process
        code = _sweep(kept.process)
        now = time.monotonic()
        kept.deaths = 1 if now - kept.started_at > SETTLED_AFTER else kept.deaths + 1
        pause = min(FIRST_PAUSE * 2 ** (kept.deaths - 1), LONGEST_PAUSE)
        kept.process, kept.restart_at = None, now + pause
        self._say(f"{kept.child.name} ended unexpectedly ({_reason(code)}); starting it again in {pause:g} s")

    def _stop_all(self) -> None:
        living = [kept.process for kept in self._kept if kept.process]
        for process in living:
            process.terminate()
        deadline = time.monotonic() + self._grace
        while not all(map(_has_ended, living)) and time.monotonic() < deadline and not self._hurried:
            time.sleep(LOOK_EVERY / 4)
        for process in living:
            _sweep(process)


def _signals_to_end() -> list[signal.Signals]:
    """A terminal that closes ends us too, unless we were started with nohup."""
    stays = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *(() if stays else (signal.SIGHUP,))]


def _start(kept: _Kept) -> None:
    """In a session of its own: Ctrl-C reaches the supervisor alone, and the child's own children can be found."""
    kept.started_at = time.monotonic()
    tie = partial(tie_to_parent, os.getpid())
    kept.process = subprocess.Popen(kept.child.command, start_new_session=True, preexec_fn=tie)  # noqa: S603 our own


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Without reaping it: until then its number, and so that of its group, is nobody else's."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _sweep(process: subprocess.Popen[bytes]) -> int:
    """Kills what is left of the child and of those it started, and gives its exit code."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
