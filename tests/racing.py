"""Two or more processes at the same thing at the same moment. For code that a test runs in a process of its own."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

_processes = multiprocessing.get_context("fork")


def race(*runners: Callable[[], Any], rounds: int = 1) -> list[list[Any]]:
    """What each runner returned in each round. No round begins before all have ended the one before.

    Raises RuntimeError with the first traceback.
    """
    connections.close_all()
    together = _processes.Barrier(len(runners))
    queue: Any = _processes.Queue()
    started = [
        _processes.Process(target=_run, args=(number, runner, rounds, together, queue))
        for number, runner in enumerate(runners)
    ]
    for process in started:
        process.start()
    found = sorted(queue.get(timeout=120) for _ in started)
    for process in started:
        process.join()
    if wrong := [error for _number, _results, error in found if error]:
        raise RuntimeError(next((error for error in wrong if "BrokenBarrierError" not in error), wrong[0]))
    return [results for _number, results, _error in found]


def _run(number: int, runner: Callable[[], Any], rounds: int, together: Any, queue: Any) -> None:
    results: Sequence[Any] = ()
    error = ""
    try:
        results = [_round(runner, together) for _ in range(rounds)]
    except BaseException:
        together.abort()
        error = traceback.format_exc()
    queue.put((number, list(results), error))


def _round(runner: Callable[[], Any], together: Any) -> Any:
    together.wait(60)
    return runner()
