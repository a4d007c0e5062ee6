"""Tables as records, whether they come as CSV or as a workbook: header, mapping, rows."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence

from ..records import ListingRecord, RecordError
from . import cells
from .columns import has_title, is_column, is_own_table, split_column, suggest_mapping
from .csv_rows import Row, width_fault
from .hygiene import clean_line
from .items import Found, Options, Outcome, refusal, whole_file
from .protection import unprotect

HEADER_WITHIN = 10  # rows: titles and remarks may stand above the header


def outcomes(rows: Iterator[Row], options: Options, *, fill_up: bool = False) -> Iterator[Outcome]:
    """One outcome for each row below the header; one for the whole table where no header can be used.

    With `fill_up` a row may be shorter than the header, as in a workbook, which leaves out empty cells at the end.
    """
    first = list(itertools.islice(rows, HEADER_WITHIN))
    if not first:
        yield whole_file("holds no rows")
        return
    place = _header_place(first, options)
    header = first[place]
    headers = tuple(clean_line(cell) for cell in header.cells)
    try:
        mapping = mapping_for(headers, options.mapping)
    except RecordError as error:
        yield whole_file(error.reason, line=header.line, column=error.column, raw=header.raw)
        return
    for row in itertools.chain(first[place + 1 :], rows):
        if fill_up and len(row.cells) < len(headers):
            row = dataclasses.replace(row, cells=(*row.cells, *[""] * (len(headers) - len(row.cells))))
        outcome = _outcome(row, headers, mapping, options)
        if outcome is not None:
            yield outcome


def _header_place(rows: Sequence[Row], options: Options) -> int:
    """The first row that a title is recognised in; the first of all where none is."""
    for place, row in enumerate(rows):
        headers = [clean_line(cell) for cell in row.cells]
        if options.mapping and set(options.mapping) <= set(headers):
            return place
        if not options.mapping and len(headers) > 1 and has_title(suggest_mapping(headers)):
            return place
    return 0


def mapping_for(headers: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Column by header: what the person gave, else what is recognised. Raises RecordError saying what to do."""
    named = [header for header in headers if header]
    if twice := [header for header in dict.fromkeys(named) if named.count(header) > 1]:
        raise RecordError(twice[0], "is the header of two columns; rename one of them")
    if unknown := [header for header in given if header not in headers]:
        raise RecordError(unknown[0], f"is mapped, but no column has this header; there are: {_listed(named)}")
    if wrong := [column for column in given.values() if column and not is_column(column)]:
        raise RecordError(wrong[0], "is not one of our columns")
    targets = [column for column in given.values() if column]
    if doubled := [column for column in targets if targets.count(column) > 1]:
        raise RecordError(doubled[0], "is what two columns are mapped to; choose one of them")
    suggested = suggest_mapping(named)
    mapping = {h: given.get(h, suggested[h] if suggested[h] not in targets else "") for h in named}
    if not has_title(mapping):
        raise RecordError(
            "title",
            f"no column holds the title. The columns are: {_listed(named)}. Say which one it is with a mapping, such "
            f"as “{named[0] if named else 'Name'}” to “title”, or use the template.",
        )
    return mapping


def _listed(headers: Sequence[str]) -> str:
    shown = ", ".join(f"“{header[:40]}”" for header in headers[:12])
    return shown + (f" and {len(headers) - 12} more" if len(headers) > 12 else "") if shown else "none"


def _outcome(row: Row, headers: Sequence[str], mapping: Mapping[str, str], options: Options) -> Outcome | None:
    """None for a remark: a row whose id begins with "#"."""
    if problem := row.fault or width_fault(row.cells, len(headers)):
        return refusal(row.line, problem, raw=row.raw)
    if any(mapping.get(h) == "source_id" and cell.startswith("#") for h, cell in zip(headers, row.cells, strict=False)):
        return None
    found = _cells(row.cells, headers, mapping)
    own = is_own_table(headers)

    def build() -> ListingRecord:
        return cells.record(found, default_language=options.language, as_written=own)

    return Found(row.line, build, row.raw)


def _cells(row: Sequence[str], headers: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Texts by column; the parts of a long text that goes on in further columns are joined."""
    parts: dict[str, dict[int, str]] = {}
    for header, text in zip(headers, row, strict=False):
        if column := mapping.get(header):
            name, language, place = split_column(column)
            parts.setdefault(f"{name}[{language}]" if language else name, {})[place] = unprotect(text)
    joined = {column: "".join(text for _, text in sorted(found.items())) for column, found in parts.items()}
    return {column: text for column, text in joined.items() if text.strip()}
