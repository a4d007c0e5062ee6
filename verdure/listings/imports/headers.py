"""The headers of a table, for a person to map."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import openpyxl

from ..formats import suggest_mapping
from ..formats.columns import has_title
from ..formats.csv_rows import rows
from ..formats.hygiene import clean_line
from ..formats.inputs import InputRefused, file_input
from ..formats.items import Options as ReaderOptions
from ..formats.tables import HEADER_WITHIN
from ..formats.text_lines import lines
from ..formats.xlsx import COLUMNS, HELP_SHEET, cell_text
from .options import Options


def headers(path: Path, found: str, options: Options) -> tuple[str, ...]:
    """The headers that can be mapped to our columns; none where the file's format leaves no choice.

    For a file that `read` took: it is what bounds a workbook's size.
    """
    reader_options = ReaderOptions(encoding=options.encoding)
    try:
        if found == "csv":
            return _header(
                [row.cells for row in itertools.islice(rows(file_input(path), reader_options), HEADER_WITHIN)]
            )
        if found == "xlsx":
            return _header(_first_rows(path))
        if found == "jsonl":
            return _names(path, options)
    except InputRefused:
        pass
    return ()


def _header(first: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first row in which a title is recognised, else the first of all: as reading does."""
    cleaned = [tuple(clean_line(cell) for cell in row) for row in first]
    titled = (row for row in cleaned if len(row) > 1 and has_title(suggest_mapping(row)))
    found = next(titled, cleaned[0] if cleaned else ())
    return tuple(dict.fromkeys(cell for cell in found if cell))


def _first_rows(path: Path) -> list[tuple[str, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = next(s for s in book.worksheets if s.sheet_state == "visible" and s.title != HELP_SHEET)
        values = sheet.iter_rows(max_row=HEADER_WITHIN, max_col=COLUMNS, values_only=True)
        return [cells for row in values if any(cells := tuple(cell_text(value) for value in row))]
    except StopIteration:
        return []
    finally:
        book.close()


def _names(path: Path, options: Options) -> tuple[str, ...]:
    """The names in the first object; none for records in our own form."""
    for line in itertools.islice(lines(file_input(path), declared=options.encoding, newline="\n"), HEADER_WITHIN):
        try:
            values = json.loads(line.text)
        except (ValueError, RecursionError):
            continue
        if isinstance(values, dict):
            return () if {"kind", "texts"} <= values.keys() else tuple(values)
    return ()
