"""Files that are not what they seem, too large, or damaged: one clear Reject each, never an exception."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import random
import struct
import zipfile
from pathlib import Path

import pytest

from verdure.listings.formats import Parsed, Reject, UnknownFormat, count, detect, read, write_xlsx
from verdure.listings.records import ListingRecord, TextRecord

from .make import docdb, docdb_document, items, uspto_grant, write


def zipped(**members: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return held.getvalue()


CASES = [
    ("empty.csv", b"", "is empty"),
    ("blank.jsonl", b" \n\n", "is empty"),
    ("zip.xml", zipped(a__xml="<a/>"), "is a zip archive, though its name ends in “.xml”. Unpack it, or name it .zip."),
    ("zip.csv", zipped(a__csv="title\nx"), "is a zip archive, though its name ends in “.csv”"),
    ("text.docx", zipped(**{"word/document.xml": "<a/>"}), "is a text document or an OpenDocument file"),
    ("cut.zip", zipped(a__xml="<a/>" * 999)[:60], "is a damaged zip archive"),
    ("packed.xml", gzip.compress(b"<a/>"), "is packed with gzip. Unpack it first."),
    ("packed.csv", bz2.compress(b"title"), "is packed with bzip2. Unpack it first."),
    ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is an old Excel or Word file. Save it as .xlsx."),
    ("paper.pdf", b"%PDF-1.7\n", "is a PDF document"),
    ("error.xml", b"<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page, not data"),
    ("error.csv", b"<html><body>502</body></html>", "is a web page, not data"),
    ("scheme.xml", b'<?xml version="1.0"?><class-scheme/>', "holds the scheme of the classification"),
    ("master.xml", b'<?xml version="1.0"?><u:CPCMasterClassificationFile xmlns:u="x"/>', "holds classes of published"),
    ("laughs.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "lol">]><a>&b;</a>', "is XML that declares entities"),
    ("other.xml", b'<?xml version="1.0"?><rss><channel/></rss>', "is XML that begins with <rss>"),
    ("grant.dtd", b"<!-- remarks -->\n<!ELEMENT a (b)>", "is a document type definition"),
    ("list.json", b'[{"title": "a"}]', "is one JSON list"),
    ("one.json", b'{\n "title": "a"\n}', "is one JSON document over several lines"),
    ("corpus.jsonl", b'{"_id": "1", "title": "a", "text": "b"}', "is part of a collection for measuring search"),
    ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8, "holds zero bytes"),
    ("notes.txt", b"Just a few words.\n", "is none of the formats that are read"),
    ("README.md", b'<a href="x">y</a>\n# Title', "is none of the formats that are read"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), CASES, ids=[case[0] for case in CASES])
def test_what_cannot_be_read_is_one_reject_that_says_why(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    path = write(tmp_path / name, content)

    assert [(item.position, item.line) for item in read(path) if isinstance(item, Reject)] == [(0, None)]
    taken, (refused,) = items(path)
    assert (taken, refused.reason.startswith(reason)) == ([], True), refused.reason
    assert count(path) == 1
    with pytest.raises(UnknownFormat, match=r"^is |^holds "):
        detect(path)


def test_in_a_folder_every_file_is_accounted_for(tmp_path: Path) -> None:
    for name, content, _ in CASES:
        write(tmp_path / name, content)
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "good.csv", "title\tx\nOne\t\n")
    write(tmp_path / ".hidden.csv", "title\tx\nTwo\t\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "sub" / "good.csv")

    found = list(read(tmp_path))

    assert [item.file for item in found] == sorted([name for name, _, _ in CASES] + ["sub/good.csv"])
    assert [item.file for item in found if isinstance(item, Parsed)] == ["sub/good.csv"]
    assert count(tmp_path) == len(found)


def test_a_path_that_is_not_there_and_options_that_are_not_known(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError):
        count(tmp_path / "none.csv")
    for options in ({"format": "word"}, {"kind": "idea"}):
        with pytest.raises(ValueError, match="is not known here"):
            read(tmp_path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl", "cordis", "nasa", "opensustain", "uspto", "epo", "zip"])
def test_any_reader_outlives_any_bytes(name: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    for n in range(12):
        content = (
            chance.randbytes(3_000)
            if n % 2
            else bytes(chance.choices(b'<>"{}[],;:\n\r\t \\&#x01ab\xc3\xa9\xff', k=3_000))
        )
        found = list(read(write(tmp_path / f"{n}.bin", content), format=name))
        assert all(isinstance(item, Reject) or item.record.texts for item in found)


@pytest.mark.parametrize("name", ["uspto", "epo", "jsonl", "csv", "xlsx"])
def test_a_file_cut_anywhere_keeps_what_came_before(name: str, tmp_path: Path) -> None:
    whole = {
        "uspto": (uspto_grant("1") + uspto_grant("2")).encode(),
        "epo": docdb([docdb_document("1"), docdb_document("2")]).encode(),
        "jsonl": b'{"title": "1"}\n{"title": "2"}\n',
        "csv": b'title,summary\n1,"a ""b"""\n2,"c\nd"\n',
        "xlsx": _workbook(),
    }[name]
    total = len(list(read(write(tmp_path / "whole", whole), format=name)))
    assert total == 2
    for size in range(0, len(whole), max(1, len(whole) // 60)):
        found = list(read(write(tmp_path / "cut", whole[:size]), format=name))
        assert len([item for item in found if isinstance(item, Parsed)]) <= 2
        # the lines of a quoted cell that is cut off stand for themselves
        assert sum(item.position > 0 for item in found) <= (3 if name == "csv" else 2)


def _workbook() -> bytes:
    held = io.BytesIO()
    write_xlsx([ListingRecord(kind="need", texts=(TextRecord(language="en", title=n),)) for n in "12"], held)
    return held.getvalue()


def test_a_zip_bomb_named_as_a_workbook_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    (found,) = read(path)
    assert isinstance(found, Reject)
    assert "would unpack to more than 250 times its size" in found.reason


def test_a_workbook_that_is_large_without_being_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    block = os.urandom(1 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/media/film.bin", "w") as member:
            for _ in range(201):
                member.write(block)
    (found,) = read(path)
    assert isinstance(found, Reject)
    assert "would unpack to 201 MB, more than 200 MB" in found.reason


@pytest.mark.parametrize("offset", [22, 24])  # of the unpacked size: in the local header, in the central directory
def test_a_workbook_that_lies_about_its_size_is_refused(offset: int, tmp_path: Path) -> None:
    content = bytearray(zipped(**{"xl/workbook.xml": "<workbook/>", "xl/big.xml": "0" * 100_000}))
    start = content.rindex(b"PK\x01\x02") if offset == 24 else content.rindex(b"PK\x03\x04")
    content[start + offset : start + offset + 4] = struct.pack("<I", 10)
    (found,) = read(write(tmp_path / "lies.xlsx", bytes(content)))
    assert isinstance(found, Reject)
    assert found.reason.startswith(("is damaged", "is not a workbook"))


def test_a_sheet_that_claims_a_row_beyond_all_rows_ends(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    path.write_bytes(_workbook())
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    sheet = next(name for name in members if name.startswith("xl/worksheets/"))
    members[sheet] = members[sheet].replace(
        b"</sheetData>", b'<row r="999999999999"><c t="n"><v>1</v></c></row></sheetData>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert [item.position for item in read(path) if isinstance(item, Parsed)] == [1, 2]


def test_workbooks_with_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "xxe.xlsx"
    with zipfile.ZipFile(io.BytesIO(_workbook())) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    entity = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for name in ("xl/workbook.xml", next(name for name in members if name.startswith("xl/worksheets/"))):
        changed = {
            **members,
            name: entity + members[name].partition(b"?>")[2] if b"?>" in members[name][:60] else entity + members[name],
        }
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in changed.items():
                archive.writestr(member, content)
        found = list(read(path))
        assert [item.position for item in found] == [0], name
        assert all(isinstance(item, Reject) for item in found)


def test_archives_within_archives_and_locked_ones_are_refused(tmp_path: Path) -> None:
    inner = zipped(a__jsonl='{"title": "a"}')
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.jsonl", '{"title": "b"}\n')
        archive.writestr("inner.zip", inner)
    taken, refused = items(path)
    assert ([item.file for item in taken], [item.file for item in refused]) == (
        ["outer.zip/b.jsonl"],
        ["outer.zip/inner.zip"],
    )
    assert "archive within an archive" in refused[0].reason

    locked = bytearray(inner)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    (found,) = read(write(tmp_path / "locked.zip", bytes(locked)))
    assert isinstance(found, Reject)
    assert "is encrypted" in found.reason


def test_a_member_with_a_wrong_checksum_keeps_what_was_read(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.jsonl", "".join(f'{{"title": "t{n}"}}\n' for n in range(3)))
    content = held.getvalue().replace(b"t2", b"tX")
    taken, refused = items(write(tmp_path / "a.zip", content))
    assert len(taken) + len([item for item in refused if item.position]) <= 3
    assert [item.position for item in refused] == [0]
    assert "cannot be read further" in refused[0].reason


def test_raw_is_bounded_and_can_be_written_out(tmp_path: Path) -> None:
    found = list(
        read(write(tmp_path / "x.jsonl", b'{"title": "\xff\xfe' + b"x" * 10_000 + b'"}\n{"title": "\\ud800"}\n'))
    )
    assert isinstance(found[0], Reject)
    assert len(found[0].raw) <= 500
    found[0].raw.encode("utf-8")
    assert isinstance(found[1], Parsed)
    assert found[1].record.texts[0].title == "\ufffd"


def test_marks_of_direction_stay_and_overrides_go(tmp_path: Path) -> None:
    (item,), _ = items(
        write(tmp_path / "x.csv", "title\tsummary\n\u200fمقطر شمسي\u200e \u202exmt\u202c\t\u2066a\u2069\n")
    )
    text = item.record.texts[0]
    assert (text.title, text.summary) == ("\u200fمقطر شمسي\u200e xmt", "a")
