"""What is written is read back equal, by every format that records are written in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from verdure.listings.formats import Parsed, canonical, count, read, write_csv, write_jsonl, write_xlsx
from verdure.listings.formats.protection import protect, unprotect
from verdure.listings.records import ListingRecord, TextRecord

from .strategies import TEXTS, collections, records

Writer = Callable[[list[ListingRecord], BinaryIO], int]
WRITERS: dict[str, Writer] = {"jsonl": write_jsonl, "csv": write_csv, "xlsx": write_xlsx}


def written_and_read(found: list[ListingRecord], writer: Writer, path: Path) -> list[object]:
    with path.open("wb") as stream:
        assert writer(found, stream) == len(found)
    return [item.record if isinstance(item, Parsed) else item for item in read(path)]


@given(records)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_canonical_is_idempotent(record: ListingRecord) -> None:
    assert canonical(record) == record


@pytest.mark.parametrize("name", WRITERS)
@given(found=collections)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_written_records_are_read_back_equal(name: str, found: list[ListingRecord], tmp_path: Path) -> None:
    assert written_and_read(found, WRITERS[name], tmp_path / f"records.{name}") == found


@given(TEXTS)
def test_unprotect_is_the_inverse_of_protect(text: str) -> None:
    assert unprotect(protect(text)) == text


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_no_cell_of_a_written_table_begins_a_formula(name: str, tmp_path: Path) -> None:
    risky = ["=1+1", "+1", "-1", "@x", "＝1", "%x"]
    found = [
        ListingRecord(kind="technology", texts=(TextRecord(language="en", title=text, keywords=(text,)),))
        for text in risky
    ]
    path = tmp_path / f"records.{name}"
    with path.open("wb") as stream:
        WRITERS[name](found, stream)

    cells = _csv_cells(path) if name == "csv" else _xlsx_cells(path)

    assert [cell for cell in cells if cell[:1] in "=+-@＝＋－＠%\t\r" and cell] == []
    assert sum(cell.startswith("'") for cell in cells) == 2 * len(risky)


def _csv_cells(path: Path) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"))) for cell in row]


def _xlsx_cells(path: Path) -> list[str]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    return [str(cell.value) for cell in cells]


def test_a_text_longer_than_a_cell_of_a_workbook_goes_on_in_the_next_column(tmp_path: Path) -> None:
    long = "=" + "ab 𝔘" * 9_000
    record = ListingRecord(kind="need", texts=(TextRecord(language="ja", title="長い", description=long),))
    path = tmp_path / "long.xlsx"

    assert written_and_read([record], write_xlsx, path) == [record]

    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1] if str(cell.value).startswith("description")] == [
        "description[ja]",
        "description[ja] (2)",
    ]
    assert max(len(str(cell.value).encode("utf-16-le")) // 2 for cell in sheet[2]) <= 32_767


def test_an_iterator_of_records_is_written(tmp_path: Path) -> None:
    made = (
        ListingRecord(kind="need", texts=(TextRecord(language=language, title=f"{n}"),))
        for n, language in enumerate(["en", "fr", "en"])
    )
    with (tmp_path / "made.csv").open("wb") as stream:
        assert write_csv(made, stream) == 3
    assert count(tmp_path / "made.csv") == 3
    titles = [(item.record.texts[0].language, item.record.texts[0].title) for item in _parsed(tmp_path / "made.csv")]
    assert titles == [("en", "0"), ("fr", "1"), ("en", "2")]


def _parsed(path: Path) -> list[Parsed]:
    return [item for item in read(path) if isinstance(item, Parsed)]


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_to_write_is_a_file_without_records(name: str, tmp_path: Path) -> None:
    assert [
        item for item in written_and_read([], WRITERS[name], tmp_path / f"none.{name}") if isinstance(item, Parsed)
    ] == []
