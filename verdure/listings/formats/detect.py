"""Which format a file has: by what it holds first, by its name second."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import epo, uspto
from .columns import has_title, suggest_mapping
from .csv_rows import rows
from .hygiene import clean_line
from .inputs import Input, InputRefused, file_input
from .items import Options
from .text_lines import encoding_of

FORMATS = ("csv", "xlsx", "jsonl", "cordis", "nasa", "opensustain", "uspto", "epo", "zip")
NONE = (
    "is none of the formats that are read: CSV, XLSX, JSONL, CORDIS, NASA TechPort, OpenSustain, USPTO XML and EPO XML"
)
HEAD = 1 << 18


class UnknownFormat(ValueError):
    """No reader takes the file. Its text says why and what to do."""


_BINARY = (
    (b"\x1f\x8b", "is packed with gzip. Unpack it first."),
    (b"BZh", "is packed with bzip2. Unpack it first."),
    (b"\xfd7zXZ", "is packed with xz. Unpack it first."),
    (b"7z\xbc\xaf", "is a 7z archive. Unpack it first."),
    (b"Rar!", "is a RAR archive. Unpack it first."),
    (b"%PDF", "is a PDF document. Copy its content into the template."),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Word file. Save it as .xlsx."),
    (b"SQLite format 3", "is a database. Export its table as CSV."),
    (b"PAR1", "is a Parquet file. Export it as CSV or JSONL."),
)
_NOT_LISTINGS = {
    "CPCMasterClassificationFile": "holds classes of published documents (CPC master classification), not documents",
    "class-scheme": "holds the scheme of the classification (CPC), not documents",
    "html": "is a web page, not data. Fetch the file itself; a sign-in or error page may have been saved.",
    "svg": "is a drawing",
}


def detect(path: Path) -> str:
    """The format of a file, one of FORMATS. Raises UnknownFormat saying what the file is instead and what to do."""
    return detect_input(file_input(path))


def detect_input(source: Input) -> str:
    head = source.head(HEAD)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise UnknownFormat("is empty" if source.size < HEAD else "holds nothing that can be read")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(source)
    for magic, reason in _BINARY:
        if head.startswith(magic):
            raise UnknownFormat(reason)
    try:
        text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff \t\r\n")
    except InputRefused as error:
        if source.suffix in (".csv", ".tsv", ".txt"):
            return "csv"  # the reader says the same, and a person may name the encoding
        raise UnknownFormat(str(error)) from None
    if text.startswith("<"):
        return _xml(text, source.suffix)
    if text.startswith(("{", "[")):
        return _json(text, complete=len(head) < HEAD)
    return _table(source)


def _zip(source: Input) -> str:
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnknownFormat(f"is a damaged zip archive: {error}") from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    if any(name.startswith(("word/", "ppt/")) or name == "content.xml" for name in names):
        raise UnknownFormat("is a text document or an OpenDocument file. Save the table in it as .xlsx or CSV.")
    if source.suffix != ".zip":
        raise UnknownFormat(f"is a zip archive, though its name ends in “{source.suffix}”. Unpack it, or name it .zip.")
    if source.path is None:
        raise UnknownFormat("is an archive within an archive. Unpack the outer one first.")
    return "zip"


_PROLOGUE = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[[^\]]*\]\s*)?>)*", re.S)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+(?:[\w.-]+:)?([\w.-]+)", re.I)


def _xml(text: str, suffix: str) -> str:
    prologue = _PROLOGUE.match(text)
    root = _ROOT.match(text, prologue.end() if prologue else 0) or _DOCTYPE.search(text)
    name = root[1] if root else ""
    if name in uspto.ROOTS or name in uspto.OLD_ROOTS:
        return "uspto"
    if name in epo.ROOTS:
        return "epo"
    if name.casefold() == "html" or re.match(r"<!doctype\s+html", text, re.I):
        name = "html"
    if reason := _NOT_LISTINGS.get(name):
        raise UnknownFormat(reason)
    if re.match(r"<\?xml|<!DOCTYPE", text):
        raise UnknownFormat(_unknown_xml(text, name))
    if "<!ELEMENT" in text or "<!ENTITY" in text:
        raise UnknownFormat("is a document type definition (DTD), not data")
    if root and suffix == ".xml":
        raise UnknownFormat(_unknown_xml(text, name))
    raise UnknownFormat(NONE)


def _unknown_xml(text: str, name: str) -> str:
    if "<!ENTITY" in text:
        return "is XML that declares entities; such files are refused, because entities can fill the memory"
    return f"is XML that begins with <{name or '?'}>; of XML, USPTO red book and EPO exchange documents are read"


def _json(text: str, *, complete: bool) -> str:
    first, _, rest = text.partition("\n")
    if text.startswith("["):
        raise UnknownFormat("is one JSON list. Write one object a line (JSONL), without the brackets around all.")
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        if complete and _is_one_document(text):
            raise UnknownFormat("is one JSON document over several lines. Write one object a line (JSONL).") from None
        value = _first_object(rest)
    return by_keys(value) if isinstance(value, dict) else "jsonl"


def _is_one_document(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _first_object(text: str) -> Any:
    """The first line that holds an object: a bad first line does not hide the format."""
    for line in text.split("\n")[:50]:
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            continue
    return None


def by_keys(value: Mapping[str, Any]) -> str:
    """The format of a JSON object by the names in it. Raises UnknownFormat for what is known to be something else."""
    keys = set(value)
    if {"kind", "texts"} <= keys:
        return "jsonl"
    if "objective" in keys and keys & {"rcn", "fundingScheme", "coordinator", "legalBasis"}:
        return "cordis"
    if keys & {"currentTrl", "startTrl", "endTrl"}:
        return "nasa"
    if {"field", "topic", "name", "url", "description"} <= keys:
        return "opensustain"
    if "_id" in keys and "text" in keys:
        raise UnknownFormat("is part of a collection for measuring search (BEIR), not listings. See verdure eval.")
    return "jsonl"


def _table(source: Input) -> str:
    """A table if its name says so, or if its first row names a title."""
    try:
        first = next(rows(source, Options()), None)
    except InputRefused:
        first = None
    headers = [clean_line(cell) for cell in first.cells] if first else []
    if {"objective", "title"} <= set(headers) and set(headers) & {"rcn", "fundingScheme", "legalBasis"}:
        return "cordis"
    if source.suffix in (".csv", ".tsv", ".tab") or (len(headers) > 1 and has_title(suggest_mapping(headers))):
        return "csv"
    raise UnknownFormat(NONE)
