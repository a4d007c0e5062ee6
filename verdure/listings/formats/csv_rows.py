"""Rows of a CSV file, each bad one by itself: an unclosed quote costs its own line, not the rest of the file."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..records import ListingRecord
from .inputs import Input
from .items import RAW_LIMIT, Found, Options, Outcome, refusal, whole_file
from .text_lines import Line, lines

DELIMITERS = ",;\t|"
ROW_LINES = 1_000  # physical lines that one quoted cell may reach over
ROW_CHARACTERS = 8 << 20
SNIFFED = 30
csv.field_size_limit(ROW_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    cells: tuple[str, ...]
    raw: str
    fault: str = ""


def rows(source: Input, options: Options) -> Iterator[Row]:
    """The rows that are not blank, those that cannot be read with their fault."""
    numbered = _without_separator_line(lines(source, declared=options.encoding))
    first = list(itertools.islice(numbered, SNIFFED))
    delimiter = delimiter_of([line.text for line in first])
    waiting = _Ahead(itertools.chain(first, numbered))
    while (line := waiting.take()) is not None:
        row = Row(line.number, (), line.text, line.fault) if line.fault else _row(line, waiting, delimiter)
        if row.fault or any(cell.strip() for cell in row.cells):
            yield row


def _without_separator_line(numbered: Iterator[Line]) -> Iterator[Line]:
    """Spreadsheets may write "sep=;" above the header."""
    first = next(numbered, None)
    if first is not None and not first.text.casefold().startswith("sep="):
        yield first
    yield from numbered


class _Ahead:
    """Lines that can be given back."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._back: list[Line] = []

    def take(self) -> Line | None:
        return self._back.pop() if self._back else next(self._source, None)

    def give_back(self, taken: Sequence[Line]) -> None:
        self._back.extend(reversed(taken))


def _row(first: Line, waiting: _Ahead, delimiter: str) -> Row:
    """The row that begins with the line; lines are added while a quote stays open."""
    taken: list[Line] = []
    texts, size = [first.text], len(first.text)
    while True:
        cells, problem = _cells(texts, delimiter)
        if cells is not None:
            return Row(first.number, cells, "".join(texts)[:RAW_LIMIT])
        if problem != _OPEN:
            break
        more = _until_quote(waiting, taken, ROW_CHARACTERS - size)
        texts.extend(more)
        size += sum(map(len, more))
        if not more or len(taken) >= ROW_LINES or size > ROW_CHARACTERS:
            problem = f"a quote that it opens is not closed within {len(taken) + 1} lines"
            break
    waiting.give_back(taken)
    return Row(first.number, (), first.text[:RAW_LIMIT], f"its quotation marks do not fit together: {problem}")


def _until_quote(waiting: _Ahead, taken: list[Line], room: int) -> list[str]:
    """The next lines up to one with a quote: only that can close the cell."""
    texts: list[str] = []
    while len(taken) < ROW_LINES and room > 0 and (line := waiting.take()) is not None:
        taken.append(line)
        if line.fault:
            return []
        texts.append(line.text)
        room -= len(line.text)
        if '"' in line.text:
            break
    return texts


_OPEN = "unexpected end of data"


def _cells(texts: Sequence[str], delimiter: str) -> tuple[tuple[str, ...] | None, str]:
    try:
        parsed = list(csv.reader(texts, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return None, str(error)
    return (tuple(parsed[0]) if parsed else ()), ""


def delimiter_of(texts: Sequence[str]) -> str:
    """The delimiter that cuts the first lines into most columns, most evenly; a comma where nothing is cut."""
    return max(DELIMITERS, key=lambda delimiter: (_evenness(texts, delimiter), -DELIMITERS.index(delimiter)))


def _evenness(texts: Sequence[str], delimiter: str) -> tuple[bool, float]:
    """(whether the first row is as wide as most, share of rows that are, weighed with that width)."""
    widths: list[int] = []
    try:
        for cells in csv.reader(texts, delimiter=delimiter):
            widths += [len(cells)] * any(cell.strip() for cell in cells)
    except csv.Error:
        pass
    usual = max((width for width in widths if width > 1), key=widths.count, default=0)
    if not usual:
        return False, 0.0
    return widths[0] == usual, widths.count(usual) / len(widths) * min(usual, 40)


def dictionaries(
    source: Input, options: Options, make: Callable[[Mapping[str, Any]], ListingRecord], *, needed: Sequence[str]
) -> Iterator[Outcome]:
    """Rows as the objects of a source whose column names are known."""
    table = rows(source, options)
    header = next(table, None)
    if header is None or header.fault or not set(needed) <= set(header.cells):
        yield whole_file(
            f"has no header with the columns {', '.join(needed)}", line=1, raw=header.raw if header else ""
        )
        return
    names = header.cells
    for row in table:
        if problem := row.fault or width_fault(row.cells, len(names)):
            yield refusal(row.line, problem, raw=row.raw)
        else:
            yield Found(row.line, lambda row=row: make(dict(zip(names, row.cells, strict=False))), row.raw)  # type: ignore[misc]


def width_fault(cells: Sequence[str], width: int) -> str:
    """Why a row does not fit its header; empty cells too many are no fault."""
    if len(cells) < width:
        return (
            f"has {len(cells)} cells where the header has {width}; a line break or a quotation mark may be out of place"
        )
    if any(cell.strip() for cell in cells[width:]):
        return (
            f"has {len(cells)} cells where the header has {width}; a text with a delimiter in it needs quotation marks"
        )
    return ""
