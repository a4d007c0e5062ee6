"""Progress of long work, shown while it runs: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

WIDTH = 28
REDRAW_EVERY = 0.1  # seconds
LINE_EVERY = 5.0  # seconds


class Progress(Protocol):
    """What long work calls now and then; it need not mind how often."""

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None: ...


def silent(done: int, total: int | None = None, note: str = "") -> None:
    """Progress that nobody looks at."""


@contextmanager
def shown(label: str, *, out: TextIO | None = None) -> Iterator[Progress]:
    """Shows the work of the block under its label, and how long it took once it ends without an error."""
    line = _Line(label, out or sys.stderr)
    line(0)
    yield line
    line.end()


class _Line:
    def __init__(self, label: str, out: TextIO) -> None:
        self.label, self.out, self.live = label, out, out.isatty()
        self.born = time.monotonic()
        self.drawn = float("-inf")
        self.state: tuple[int, int | None, str] = (0, None, "")

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        self.state = (done, total, note)
        now = time.monotonic()
        if now - self.drawn >= (REDRAW_EVERY if self.live else LINE_EVERY):
            self.drawn = now
            self._write(self._text())

    def end(self) -> None:
        done, total, note = self.state
        amount = f"{max(done, total or 0):,}" if done else ""
        details = ", ".join(part for part in (amount, note, f"{time.monotonic() - self.born:.1f} s") if part)
        self._write(f"{self.label:<24} done ({details})")
        if self.live:
            self.out.write("\n")
            self.out.flush()

    def _text(self) -> str:
        done, total, note = self.state
        if not total:
            return f"{self.label:<24} {f'{done:,}' if done else '…'} {note}".rstrip()
        filled = WIDTH * min(done, total) // total
        bar = "█" * filled + "░" * (WIDTH - filled) + " " if self.live else ""
        return f"{self.label:<24} {bar}{done:,}/{total:,} {note}".rstrip()

    def _write(self, text: str) -> None:
        self.out.write(f"\r\033[K{text}" if self.live else f"{text}\n")
        self.out.flush()
