"""Clocks, percentiles, memory and tables for all benchmarks."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of single calls, one after the other. `cpu95` is the processor time of this process: it tells what a
    call costs where other programs were using the machine as well; None where another process did the work."""

    contender: str
    what: str
    calls: int
    p50: float
    p95: float
    longest: float
    cpu95: float | None = None


def timed(
    contender: str,
    what: str,
    items: Sequence[T],
    call: Callable[[T], object],
    *,
    budget: float = 60.0,
    in_process: bool = True,
) -> Timing:
    """Stops before the end of `items` when `budget` seconds are used up, but not before some calls were made."""
    taken: list[float] = []
    worked: list[float] = []
    began = time.perf_counter()
    for item in items:
        start, cpu = time.perf_counter(), time.process_time()
        call(item)
        taken.append((time.perf_counter() - start) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
        if len(taken) >= FEWEST and time.perf_counter() - began > budget:
            break
    return timing(contender, what, taken, worked if in_process else None)


def timing(contender: str, what: str, milliseconds: Sequence[float], cpu: Sequence[float] | None = None) -> Timing:
    p50, p95 = np.percentile(milliseconds, (50, 95))
    cpu95 = None if cpu is None else float(np.percentile(cpu, 95))
    return Timing(contender, what, len(milliseconds), float(p50), float(p95), float(max(milliseconds)), cpu95)


def memory() -> tuple[int, int]:
    """Megabytes of this process that are in memory, and the part of it that is not pages of files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = {
        line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.startswith(("VmRSS", "RssAnon"))
    }
    return found["VmRSS"], found["RssAnon"]


def machine() -> dict[str, object]:
    cores = len(os.sched_getaffinity(0))
    return {
        "cores": cores,
        "processor": _processor(),
        "load before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
    }


def _processor() -> str:
    with Path("/proc/cpuinfo").open() as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Aligned columns; the first two to the left, numbers to the right."""
    cells = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def figures(row: Timing) -> tuple[str, ...]:
    """Cells for `HEADS`."""
    cpu = "–" if row.cpu95 is None else number(row.cpu95)
    return (row.contender, row.what, str(row.calls), number(row.p50), number(row.p95), number(row.longest), cpu)


HEADS = ("", "", "n", "p50 ms", "p95 ms", "max ms", "p95 CPU ms")


def save(path: Path, rows: Sequence[Timing], about: dict[str, object]) -> None:
    path.write_text(json.dumps({"about": about, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
