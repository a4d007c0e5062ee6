"""Large files are streamed: what a process holds at its peak stays far below the size of the file. Linux only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .make import docdb_document, uspto_grant

SIZE = 30 << 20
ALLOWED = 24 << 20  # of memory above what the process held before reading
SCRIPT = r"""
import re, sys
from pathlib import Path
from verdure.listings.formats import Parsed, count, read
# The peak of this program alone: what getrusage gives would begin with that of the process it was forked from.
peak = lambda: int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
list(read(Path(sys.argv[2])))
before, taken, refused = peak(), 0, 0
for item in read(Path(sys.argv[1])):
    if isinstance(item, Parsed): taken += 1
    else: refused += 1
print(peak() - before, taken, refused, count(Path(sys.argv[1])))
"""


def _weekly() -> Iterator[str]:
    claims = (
        "<claims>"
        + "<claim><claim-text>A still with a lid. </claim-text></claim>" * 300
        + "</claims></us-patent-grant>"
    )
    for n in range(10**9):
        yield uspto_grant(str(11_000_000 + n)).replace("</us-patent-grant>", claims)


def _docdb() -> Iterator[str]:
    yield '<exch:exchange-documents xmlns:exch="http://www.epo.org/exchange">'
    for n in range(10**9):
        cited = "<exch:references-cited>" + "<exch:citation>A</exch:citation>" * 300 + "</exch:references-cited>"
        yield docdb_document(str(n), more=cited)


def _jsonl() -> Iterator[str]:
    for n in range(10**9):
        yield f'{{"title": "t{n}", "description": "{"words " * 2_000}"}}\n'


def _csv() -> Iterator[str]:
    yield "title,description\n"
    for n in range(10**9):
        yield f't{n},"{"words and more " * 700}"\n'


def _one_line() -> Iterator[str]:
    yield '{"title": "'
    while True:
        yield "x" * 10_000


def _open_quote() -> Iterator[str]:
    yield "title,description\n"
    for n in range(10**9):
        yield f't{n},"{"words " * 2_000}\n' if n % 2 == 0 else f"t{n},{'words ' * 2_000}\n"


FILES: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "weekly": ("ipg.xml", _weekly),
    "docdb": ("docdb.xml", _docdb),
    "jsonl": ("x.jsonl", _jsonl),
    "csv": ("x.csv", _csv),
    "one line": ("x.jsonl", _one_line),
    "open quotes": ("x.csv", _open_quote),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize("name", FILES)
def test_memory_is_bounded(name: str, tmp_path: Path) -> None:
    file, pieces = FILES[name]
    large, small = tmp_path / file, tmp_path / f"small-{file}"
    records = _fill(large, pieces(), SIZE)
    _fill(small, pieces(), 200_000)

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(large), str(small)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip

    grown, taken, refused, counted = map(int, done.stdout.split())
    assert large.stat().st_size >= SIZE
    assert grown < ALLOWED, f"{grown >> 20} MB"
    if name in ("weekly", "docdb", "jsonl", "csv"):
        broken = name == "docdb"  # it has no end
        assert (taken, refused) == (records, int(broken))
        assert counted == records
    else:
        assert refused > 0


def _fill(path: Path, pieces: Iterator[str], size: int) -> int:
    """Write until the size is reached; returns how many pieces were records."""
    records = 0
    with path.open("w", encoding="utf-8") as stream:
        for piece in pieces:
            stream.write(piece)
            records += len(piece) > 1_000
            if stream.tell() >= size:
                break
    return records
