"""The columns of our tables and how columns of other people's tables are recognised."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from verdure.core.places import normalise_name

_DATA = Path(__file__).parents[1] / "data" / "columns.json"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    hint: str
    names: tuple[str, ...]  # headers in use for it, in eight languages
    text: bool  # part of a language version: may be written "title[fr]"
    list: bool


@cache
def columns() -> Mapping[str, Column]:
    raw = json.loads(_DATA.read_text(encoding="utf-8"))
    return {
        name: Column(name, item["hint"], tuple(item["names"]), bool(item.get("text")), bool(item.get("list")))
        for name, item in raw.items()
    }


@cache
def text_columns() -> tuple[str, ...]:
    return tuple(column.name for column in columns().values() if column.text)


# "title[fr]"; long texts may go on in "title[fr] (2)", because a cell of a spreadsheet holds 32,767 characters.
_OWN = re.compile(r"([a-z_]+)(?:\[([A-Za-z0-9-]{2,16})\])?(?: \((\d{1,2})\))?")
_WITH_LANGUAGE = re.compile(r"(.+?)\s*(?:\(([a-z]{2})\)|\[([a-z]{2})\]|[_\-:./]([a-z]{2}))", re.I)
_LANGUAGES = frozenset(
    {"en", "fr", "es", "ar", "zh", "ru", "ja", "pt", "de", "it", "nl", "ko", "pl", "tr", "vi", "id", "hi"}
)


_ONLY_WITH_LANGUAGE = ("origin", "made_from")  # elsewhere such a header means a country


def is_column(name: str) -> bool:
    """Whether it is a column of ours, with its language and continuation if any."""
    match = _OWN.fullmatch(name)
    if not match or match[1] not in columns():
        return False
    return columns()[match[1]].text if match[2] else match[1] not in _ONLY_WITH_LANGUAGE


def split_column(name: str) -> tuple[str, str, int]:
    """("title", "fr", 2) of "title[fr] (2)"; no language is "", no continuation 1."""
    match = _OWN.fullmatch(name)
    assert match is not None
    return match[1], match[2] or "", int(match[3] or 1)


@cache
def _by_name() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for column in columns().values():
        if column.name not in _ONLY_WITH_LANGUAGE:
            found[normalise_name(column.name)] = column.name
    for column in columns().values():
        for name in column.names:
            found.setdefault(normalise_name(name), column.name)
    return found


def column_for(header: str) -> str:
    """Our column for a header, "" where it is not recognised."""
    header = " ".join(header.split())
    if is_column(header):
        return header
    if name := _by_name().get(normalise_name(header)):
        return name
    match = _WITH_LANGUAGE.fullmatch(header)
    if match and (language := (match[2] or match[3] or match[4]).lower()) in _LANGUAGES:
        name = _by_name().get(normalise_name(match[1]), "")
        return f"{name}[{language}]" if name in text_columns() else ""
    return ""


def suggest_mapping(headers: Iterable[str]) -> dict[str, str]:
    """Our column for each header; "" where none is recognised or another header has it already.

    A header that is exactly a column's name wins over one that only means the same.
    """
    headers = list(headers)
    exact = {header: header for header in headers if is_column(header)}
    taken = set(exact)
    mapping: dict[str, str] = {}
    for header in headers:
        found = exact.get(header) or column_for(header)
        if header not in exact:
            found = "" if found in taken else found
            taken.add(found)
        mapping[header] = found
    return mapping


def is_own_table(headers: Sequence[str]) -> bool:
    """Whether the table was written by export: its texts are taken as they stand."""
    return any("[" in header for header in headers) and all(is_column(header) for header in headers)


def has_title(mapping: Mapping[str, str]) -> bool:
    return any(column and split_column(column)[0] == "title" for column in mapping.values())
