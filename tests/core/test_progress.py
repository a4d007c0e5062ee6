from __future__ import annotations

import re
from io import StringIO

import pytest

from verdure.core.progress import shown


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_in_a_log_is_plain_lines() -> None:
    out = StringIO()
    with shown("Index", out=out) as progress:
        for done in range(1001):
            progress(done, 1000)
    assert re.fullmatch(r"Index +…\nIndex +done \(1,000, \d+\.\d s\)\n", out.getvalue())


def test_progress_on_a_terminal_redraws_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verdure.core.progress.REDRAW_EVERY", 0)
    out = Terminal()
    with shown("Index", out=out) as progress:
        progress(500, 1000, "halfway")
    lines = out.getvalue().split("\r\033[K")
    assert lines[2] == f"{'Index':<24} {'█' * 14}{'░' * 14} 500/1,000 halfway"
    assert out.getvalue().count("\n") == 1


def test_progress_of_work_that_fails_does_not_say_done() -> None:
    out = StringIO()
    with pytest.raises(ZeroDivisionError), shown("Index", out=out):
        raise ZeroDivisionError
    assert "done" not in out.getvalue()
