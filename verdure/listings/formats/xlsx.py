"""Tables in workbooks (XLSX): every visible sheet that has a title column is read, row by row."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from . import tables
from .csv_rows import Row
from .inputs import CHUNK, Input, InputRefused, archive, bounded_members
from .items import RAW_LIMIT, Options, Outcome, whole_file

UNPACKED = 200 << 20
COLUMNS = 1_000
ROWS = 1_048_576  # of a sheet, by the format
GAP = 10_000  # empty rows after which a sheet is taken to have ended
HELP_SHEET = "How to fill in"  # of our template


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    with ExitStack() as held:
        stream = held.enter_context(source.open())
        _check_sizes(stream)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl remarks on styles and extensions that do not matter here
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except (
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            SyntaxError,
            IndexError,
            OSError,
            zipfile.BadZipFile,
        ) as error:
            raise InputRefused(f"is not a workbook that can be read ({type(error).__name__}: {error})") from error
        held.callback(book.close)
        yield from _sheets(book, options)


def _check_sizes(stream: BinaryIO) -> None:
    """Refuse a workbook that unpacks to too much, by what it declares and by what is really there."""
    with archive(stream) as opened:
        for info in bounded_members(opened, member_bytes=UNPACKED, total=UNPACKED):
            try:
                with opened.open(info) as member:
                    while member.read(CHUNK):
                        pass
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
                raise InputRefused(f"is damaged: {error}. Save it again.") from error
    stream.seek(0)


def _sheets(book: Any, options: Options) -> Iterator[Outcome]:
    sheets = [
        sheet
        for sheet in book.worksheets
        if isinstance(sheet, ReadOnlyWorksheet) and sheet.sheet_state == "visible" and sheet.title != HELP_SHEET
    ]
    full = [(sheet.title, rows) for sheet in sheets if (rows := _not_empty(_rows(sheet))) is not None]
    if not full:
        yield whole_file("holds no visible sheet with rows")
    for title, rows in full:
        for outcome in tables.outcomes(rows, options, fill_up=True):
            yield dataclasses.replace(outcome, part=title) if len(full) > 1 else outcome


def _not_empty(rows: Iterator[Row]) -> Iterator[Row] | None:
    first = next(rows, None)
    return itertools.chain((first,), rows) if first is not None else None


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # what a sheet says of its size need not be true
    blank = 0
    for number, values in enumerate(sheet.iter_rows(max_row=ROWS, max_col=COLUMNS, values_only=True), start=1):
        cells = [cell_text(value) for value in values]
        while cells and not cells[-1].strip():
            cells.pop()
        blank = 0 if cells else blank + 1
        if blank > GAP:
            return
        if cells:
            yield Row(number, tuple(cells), " | ".join(cells)[:RAW_LIMIT])


def cell_text(value: object) -> str:
    """The cell as a person would type it: 12.0 is 12, a day is YYYY-MM-DD."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)
