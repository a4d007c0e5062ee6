"""Countries (ISO 3166-1), the regions they lie in (UN M49) and three UN groups, all usable as codes of a place.

A place code is an alpha-2 country code ("FJ"), a three-digit M49 region ("009"), or a group: "LDC" (least developed),
"LLDC" (landlocked developing), "SIDS" (small island developing). Names come from CLDR through Babel.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

LANGUAGES = ("en", "fr", "es", "ar", "zh", "ru", "ja", "pt")

_DATA = Path(__file__).with_name("data") / "places.json"
# CLDR shortens the UN's name of this region so far that the Caribbean would seem to be left out.
_REGION_NAMES = {
    "419": {
        "en": "Latin America and the Caribbean",
        "fr": "Amérique latine et Caraïbes",
        "es": "América Latina y el Caribe",
        "ar": "أمريكا اللاتينية والبحر الكاريبي",
        "zh": "拉丁美洲和加勒比",
        "ru": "Латинская Америка и Карибский бассейн",
        "ja": "ラテンアメリカ・カリブ海地域",
        "pt": "América Latina e Caribe",
    }
}


class UnknownPlace(LookupError):
    """A code that is neither a country, a region nor a group."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is not an ISO 3166 country, a UN M49 region or a UN group")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    alpha2: str
    alpha3: str
    numeric: str  # three digits; the same in ISO 3166 and UN M49
    regions: tuple[str, ...]  # M49, from the world down: ("001", "002", "202", "014")
    groups: frozenset[str]  # of "LDC", "LLDC", "SIDS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    code: str
    parent: str  # "" for the world
    depth: int  # 0 for the world


@cache
def _raw() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return raw


def _lineage(code: str) -> tuple[str, ...]:
    parent: str = _raw()["regions"][code]["parent"]
    return (*_lineage(parent), code) if parent else (code,)


@cache
def _countries() -> dict[str, Country]:
    return {
        row["alpha2"]: Country(
            alpha2=row["alpha2"],
            alpha3=row["alpha3"],
            numeric=row["numeric"],
            regions=_lineage(row["region"]),
            groups=frozenset(row["groups"]),
        )
        for row in _raw()["countries"]
    }


@cache
def _members() -> dict[str, frozenset[str]]:
    """Every place code with the countries it stands for."""
    members: dict[str, set[str]] = {code: set() for code in (*_raw()["regions"], *_raw()["groups"])}
    for item in _countries().values():
        members[item.alpha2] = {item.alpha2}
        for code in (*item.regions, *item.groups):
            members[code].add(item.alpha2)
    return {code: frozenset(found) for code, found in members.items()}


def country(alpha2: str) -> Country:
    """The country of an upper-case alpha-2 code. Raises UnknownPlace."""
    try:
        return _countries()[alpha2]
    except KeyError:
        raise UnknownPlace(alpha2) from None


@cache
def countries() -> tuple[Country, ...]:
    """All 249 countries and areas of ISO 3166-1, by alpha-2 code."""
    return tuple(_countries().values())


@cache
def regions() -> tuple[Region, ...]:
    """The M49 regions in tree order, each parent before its children."""
    codes = sorted(_raw()["regions"], key=_lineage)
    raw = _raw()["regions"]
    return tuple(Region(code=code, parent=raw[code]["parent"], depth=len(_lineage(code)) - 1) for code in codes)


@cache
def groups() -> tuple[str, ...]:
    return tuple(_raw()["groups"])


def is_place(code: str) -> bool:
    return code in _members()


def expand(codes: Iterable[str]) -> frozenset[str]:
    """The alpha-2 codes of the countries that the places stand for. Raises UnknownPlace."""
    found: set[str] = set()
    for code in codes:
        if code not in _members():
            raise UnknownPlace(code)
        found |= _members()[code]
    return frozenset(found)


@cache
def _territories(language: str) -> dict[str, str]:
    for tag in (language, language.partition("-")[0], "en"):
        try:
            return dict(Locale.parse(tag, sep="-").territories)
        except (ValueError, UnknownLocaleError):
            continue
    raise AssertionError("Babel carries English")


def name(code: str, language: str = "en") -> str:
    """The place's name in a language (BCP 47), in English where that has none. Raises UnknownPlace."""
    if not is_place(code):
        raise UnknownPlace(code)
    own = _REGION_NAMES.get(code) or _raw()["groups"].get(code)
    if own:
        return str(own.get(language.partition("-")[0], own["en"]))
    found = _territories(language).get(code) or _territories("en")[code]
    return found[0].upper() + found[1:]  # CLDR has "world", for use within a sentence


@cache
def choices(language: str = "en") -> tuple[tuple[str, str], ...]:
    """Countries as (alpha-2, name), sorted by name as a reader of the language expects."""
    named = ((item.alpha2, name(item.alpha2, language)) for item in countries())
    return tuple(sorted(named, key=lambda pair: _collation(pair[1], language)))


@cache
def region_choices(language: str = "en") -> tuple[tuple[str, str], ...]:
    """Regions in tree order, then groups, as (code, name)."""
    return tuple((code, name(code, language)) for code in (*(item.code for item in regions()), *groups()))


def _collation(text: str, language: str) -> tuple[bytes, str]:
    # GB 2312 lists its common characters by pinyin, which is how Chinese readers look a name up.
    if language.partition("-")[0] == "zh":
        return (text.encode("gb18030"), text)
    return (normalise_name(text).encode(), text)


_ARTICLE = re.compile(r"^the | the$")
# The UN's terminology sets the article of French and Spanish names behind them: "Pérou (le)".
_ARTICLE_BEHIND = re.compile(r"\s*\((?:the|le|la|les|l['’]|el|los|las)\)", re.IGNORECASE)
_VOICING_MARKS = "\u3099\u309a"  # part of a kana's sound, where a Latin accent is only a variant


def normalise_name(text: str) -> str:
    """A name without case, accents, vowel signs, punctuation and the English article, for comparison."""
    decomposed = unicodedata.normalize("NFKD", _ARTICLE_BEHIND.sub("", text).casefold().replace("&", " and "))
    kept = (c for c in decomposed if c in _VOICING_MARKS or unicodedata.category(c) not in ("Mn", "Cf"))
    words = re.sub(r"[\W_\u0640]+", " ", unicodedata.normalize("NFC", "".join(kept))).split()
    return _ARTICLE.sub("", " ".join(words))


def spoken_names(alpha2: str) -> frozenset[str]:
    """The country's CLDR names in the site's eight languages."""
    return frozenset(found for language in LANGUAGES if (found := _territories(language).get(alpha2)))


@cache
def _by_name() -> dict[str, str]:
    """Normal forms of names, everyday names and codes; a code wins over a name, a name over an alias."""
    found: dict[str, str] = {}
    for item in countries():
        for code in (item.alpha2, item.alpha3, item.numeric):
            found[code.casefold()] = item.alpha2
    for item in countries():
        for spoken in sorted(spoken_names(item.alpha2)):
            found.setdefault(normalise_name(spoken), item.alpha2)
    for row in _raw()["countries"]:
        for alias in row["aliases"]:
            found.setdefault(normalise_name(alias), row["alpha2"])
    return found


def find_country(text: str) -> str | None:
    """The alpha-2 code of a country written as a name, an everyday name or a code; None when not recognised.

    Names are known in the site's eight languages and, from the UN's tables, in their official forms; "Korea, Republic
    of" is read as "Republic of Korea".
    """
    head, comma, tail = text.partition(",")
    turned = _by_name().get(normalise_name(f"{tail} {head}")) if comma else None
    return _by_name().get(normalise_name(text)) or turned
