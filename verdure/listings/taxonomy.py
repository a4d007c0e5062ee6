"""The tree of green-technology fields: codes, labels in eight languages, and the patent classes that suggest a field.

Codes are dotted slugs that never change their meaning ("energy.solar.pv"); a code's parent is what stands before its
last dot. Leaves carry prefixes of IPC and CPC symbols. The tree is kept in data/taxonomy.json.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

LANGUAGES = ("en", "fr", "es", "ar", "zh", "ru", "ja", "pt")

_DATA = Path(__file__).with_name("data") / "taxonomy.json"


class UnknownField(LookupError):
    """A code that the tree does not hold."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is not a field of the taxonomy")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    code: str
    labels: Mapping[str, str] = dataclasses.field(hash=False)  # by language
    scope: str  # one line of English: what belongs here
    ipc: tuple[str, ...] = ()  # prefixes as `normalise_symbol` writes them
    cpc: tuple[str, ...] = ()
    is_leaf: bool

    @property
    def parent(self) -> str:
        """The code of the field above, "" at the top."""
        return self.code.rpartition(".")[0]

    @property
    def depth(self) -> int:
        """0 at the top."""
        return self.code.count(".")


@dataclass(frozen=True, slots=True)
class Branch:
    field: Field
    children: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    field: Field
    codes: tuple[str, ...]  # those of the given codes that led here, as they were given


@cache
def _fields() -> dict[str, Field]:
    tops = json.loads(_DATA.read_text(encoding="utf-8"))["fields"]
    return {item.code: item for top in tops for item in _flatten(top)}


def _flatten(node: dict[str, Any]) -> Iterator[Field]:
    below = node.get("children", [])
    yield Field(
        code=node["code"],
        labels=MappingProxyType(node["label"]),
        scope=node["scope"],
        ipc=tuple(node.get("ipc", ())),
        cpc=tuple(node.get("cpc", ())),
        is_leaf=not below,
    )
    for child in below:
        yield from _flatten(child)


def field(code: str) -> Field:
    """The field of a code. Raises UnknownField."""
    try:
        return _fields()[code]
    except KeyError:
        raise UnknownField(code) from None


def is_field(code: str) -> bool:
    return code in _fields()


@cache
def fields() -> tuple[Field, ...]:
    """Every field, each followed by those below it."""
    return tuple(_fields().values())


@cache
def leaves() -> tuple[Field, ...]:
    return tuple(item for item in fields() if item.is_leaf)


@cache
def children(code: str = "") -> tuple[Field, ...]:
    """The fields right below one, or the top fields. Raises UnknownField."""
    if code:
        field(code)
    return tuple(item for item in fields() if item.parent == code)


@cache
def ancestors(code: str) -> tuple[Field, ...]:
    """The fields above one, top first, without itself. Raises UnknownField."""
    parent = field(code).parent
    return (*ancestors(parent), field(parent)) if parent else ()


@cache
def within(code: str) -> tuple[Field, ...]:
    """A field and everything below it. Raises UnknownField."""
    return (field(code), *(found for child in children(code) for found in within(child.code)))


@cache
def tree() -> tuple[Branch, ...]:
    return tuple(_branch(item) for item in children())


def _branch(item: Field) -> Branch:
    return Branch(item, tuple(_branch(child) for child in children(item.code)))


def label(code: str, language: str = "en") -> str:
    """The name in a language (BCP 47; region and script may be passed over), else in English. Raises UnknownField."""
    labels = field(code).labels
    return labels.get(language) or labels.get(language.partition("-")[0]) or labels["en"]


# WIPO ST.8: four digits of main group and six of subgroup, filled up with zeros.
_FIXED = re.compile(r"([A-HY]\d\d[A-Z])(\d{4})(\d{6})")
# USPTO documents before 2005: the main group in three places filled with spaces, then the subgroup without a slash.
_COLUMNS = re.compile(r"([A-HY]\d\d[A-Z])([ \d]{2}\d)(\d{2,5})")
_WRITTEN = re.compile(r"([A-HY]\d\d[A-Z]?)(?:(?<=[A-Z])[\s-]*0*([1-9]\d{0,3})(?:\s*/\s*(\d{2,6})|(?!\d)))?(?![\w/])")


def normalise_symbol(text: str) -> str | None:
    """An IPC or CPC symbol as "H01L31/042", a main group as "H01L31", a subclass as "H01L"; None for anything else.

    Reads "H01L 31/042", "h01l31/042", "H01L0031042000", "H01L 31/042 (2014.01)" and "H01L 31042". A main group written
    in full ("H01L 31/00") stays so: it names one entry, where "H01L31" names all that lie in the group.
    """
    upper = text.strip().upper()
    if parts := _FIXED.match(upper):
        subgroup = parts[3].rstrip("0").ljust(2, "0")
        return f"{parts[1]}{int(parts[2])}/{subgroup}"
    if parts := _COLUMNS.fullmatch(upper):
        return f"{parts[1]}{int(parts[2])}/{parts[3]}"
    if parts := _WRITTEN.match(upper):
        group, subgroup = parts[2], parts[3]
        return parts[1] + (group or "") + (f"/{subgroup}" if subgroup else "")
    return None


@cache
def _by_prefix() -> dict[str, tuple[Field, ...]]:
    found: dict[str, list[Field]] = {}
    for item in leaves():
        for prefix in dict.fromkeys((*item.ipc, *item.cpc)):
            found.setdefault(prefix, []).append(item)
    return {prefix: tuple(items) for prefix, items in found.items()}


def _prefixes(symbol: str) -> Iterator[str]:
    """What the symbol starts with, longest first; a group's number counts only whole, "H01L3" is not in "H01L31"."""
    group, _, subgroup = symbol.partition("/")
    for length in range(len(subgroup), 0, -1):
        yield f"{group}/{subgroup[:length]}"
    yield group
    yield group[:4]
    yield group[:3]


def fields_for_symbol(symbol: str) -> tuple[Field, ...]:
    """The leaves that the longest known prefix of a normalised symbol belongs to; none when no prefix is known."""
    return next((_by_prefix()[prefix] for prefix in _prefixes(symbol) if prefix in _by_prefix()), ())


def fields_for_codes(codes: Iterable[str]) -> tuple[Suggestion, ...]:
    """Fields that IPC and CPC symbols point to, the one with most symbols first, then in the tree's order.

    Each symbol counts for its longest known prefix only. Unreadable and unknown symbols are passed over.
    """
    found: dict[str, list[str]] = {}
    for code in dict.fromkeys(codes):
        for item in fields_for_symbol(normalise_symbol(code) or "-"):
            found.setdefault(item.code, []).append(code)
    order = {item.code: place for place, item in enumerate(leaves())}
    ranked = sorted(found, key=lambda code: (-len(found[code]), order[code]))
    return tuple(Suggestion(field(code), tuple(found[code])) for code in ranked)
