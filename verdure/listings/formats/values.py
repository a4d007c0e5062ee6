"""The values of a table's cells, written the ways that people write them. Each raises RecordError with its column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TypeVar

from verdure.core import places
from verdure.core.places import normalise_name

from .. import records, taxonomy
from ..records import ClaimRecord, PatentRecord, RecordError
from .canonical import bounded
from .hygiene import clean_line

T = TypeVar("T")


def items(text: str, column: str) -> tuple[str, ...]:
    """The entries of a list cell: set apart by ";", "|" or line breaks, or written as a JSON list."""
    if text.lstrip().startswith('["'):
        return tuple(_json_list(text, column, str))
    return tuple(entry for part in re.split(r"[;|\n；、]", text) if (entry := clean_line(part)))


def _json_list(text: str, column: str, kind: type[T]) -> list[T]:
    try:
        value = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise RecordError(column, "is not a valid JSON list") from None
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise RecordError(column, f"must be a JSON list of {'texts' if kind is str else 'objects'}")
    return value


_SPACED = re.compile(r"[\s'’_](?=\d{3}(?!\d))")


def number(text: str, column: str, *, money: bool = False) -> Decimal:
    """1234.5, 1 234,5, 1,234.50, 1.234,50; what can be read two ways is refused rather than guessed.

    Money has no thousandths, so there "1,500" and "1.500" can only be 1500.
    """
    plain = _SPACED.sub("", clean_line(text))
    if not re.fullmatch(r"[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d{1,2})?", plain):
        raise RecordError(column, f"“{text[:40]}” is not a number")
    plain = _with_point(plain, text, column, money=money)
    try:
        return Decimal(plain)
    except ArithmeticError:
        raise RecordError(column, f"“{text[:40]}” is not a number") from None


def _with_point(plain: str, text: str, column: str, *, money: bool) -> str:
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return plain
    sign, other = plain[last], "," if plain[last] == "." else "."
    if other in plain:
        return plain.replace(other, "").replace(sign, ".")
    if plain.count(sign) > 1:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(\{sign}\d{{3}})+", plain):
            raise RecordError(column, f"“{text[:40]}” is not a number")
        return plain.replace(sign, "")
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}\{sign}\d{{3}}", plain):
        whole, point = plain.replace(sign, ""), plain.replace(sign, ".")
        if money:
            return whole
        raise RecordError(column, f"“{text[:40]}” may mean {whole} or {point}0; write it as one of these")
    return plain.replace(sign, ".")


_SYMBOLS = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "$": "", "¥": ""}
_AMOUNT = re.compile(r"([A-Z]{3}|[€£₹₩₽$¥])?\s*([\d.,'’\s+-]+?(?:[eE][+-]?\d+)?)\s*([A-Z]{3}|[€£₹₩₽$¥])?")


def amount(text: str, column: str) -> tuple[Decimal, str]:
    """ "EUR 1,500", "1500 €", "1500": the amount and its currency where the cell names one."""
    match = _AMOUNT.fullmatch(bounded(clean_line(text), 60, column))
    if not match:
        raise RecordError(column, f"“{text[:40]}” is not an amount")
    unit = match[1] or match[3] or ""
    return number(match[2], column, money=True), _SYMBOLS.get(unit, unit)


def whole(text: str, column: str) -> int:
    value = number(text, column)
    if value.adjusted() > 9 or value != value.to_integral_value():
        raise RecordError(column, f"“{text[:40]}” is not a whole number")
    return int(value)


def level(text: str, column: str) -> int:
    """6, "TRL 6", "TRL6"."""
    match = re.fullmatch(r"(?:TRL)?[\s:=-]*([1-9])(?:\.0+)?", clean_line(text), re.I)
    if not match:
        raise RecordError(column, f"“{text[:40]}” is not a readiness level from 1 to 9")
    return int(match[1])


def day(text: str, column: str) -> date:
    """2026-05-31, 2026-05, 2026, 31.05.2026, and 31/05/2026 where the order of day and month is clear."""
    plain = clean_line(text)
    try:
        if match := re.fullmatch(r"([12]\d{3})(?:-(\d\d))?", plain):
            return date(int(match[1]), int(match[2] or 1), 1)
        if re.fullmatch(r"\d{4}-\d\d-\d\d(?:[T ][\d:.+Z]*)?", plain):
            return date.fromisoformat(plain[:10])
        if match := re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", plain):
            first, second = int(match[1]), int(match[3])
            if match[2] == "." or first > 12 or first == second:
                return date(int(match[4]), second, first)
            if second > 12:
                return date(int(match[4]), first, second)
            raise RecordError(column, f"“{plain}” may be read two ways; write it as YYYY-MM-DD")
    except ValueError as error:
        if isinstance(error, RecordError):
            raise
    raise RecordError(column, f"“{plain[:40]}” is not a date; write it as YYYY-MM-DD")


def country(text: str, column: str) -> str:
    found = places.find_country(text)
    if not found:
        raise RecordError(
            column, f"“{text[:60]}” is not a country that is known here; two letters (ISO 3166) always work"
        )
    return found


_WORLD = frozenset({"world", "worldwide", "global", "anywhere", "all countries", "monde", "mundo", "mundial"})


@cache
def _regions() -> Mapping[str, str]:
    found = {normalise_name(name): code for name in _WORLD for code in ("001",)}
    for spoken in places.LANGUAGES:
        for code, name in places.region_choices(spoken):
            found.setdefault(normalise_name(name), code)
    return found


def place(text: str, column: str) -> str:
    code = text.upper()
    if code.isdigit() and len(code) < 3:
        code = code.rjust(3, "0")  # spreadsheets drop the zeros of "002"
    if places.is_place(code):
        return code
    found = places.find_country(text) or _regions().get(normalise_name(text))
    if not found:
        raise RecordError(column, f"“{text[:60]}” is not a country or region that is known here; codes always work")
    return found


@cache
def _field_names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for item in taxonomy.fields():
        for label in item.labels.values():
            found.setdefault(normalise_name(label), item.code)
    return found


def field_code(text: str, column: str) -> str:
    """The code of a field given by code or by its name in any language of the site."""
    if taxonomy.is_field(text):
        return text
    if found := _field_names().get(normalise_name(text)):
        return found
    raise RecordError(column, f"“{text[:60]}” is neither the code nor the name of a field of the taxonomy")


def goal(text: str, column: str) -> int:
    """7, "SDG 7", "Goal 7: Affordable and clean energy"."""
    match = re.match(
        r"(?:(?:SDG|ODD|ODS|Goal|Objectif|Objetivo|目标|目標)\s*)?0*(\d{1,2})(?!\d)", clean_line(text), re.I
    )
    if not match or not 1 <= int(match[1]) <= 17:
        raise RecordError(column, f"“{text[:60]}” is not one of the goals 1 to 17")
    return int(match[1])


_WORDS: dict[str, dict[str, str]] = {
    "kind": {
        "tech": "technology", "technologies": "technology", "offer": "technology", "solution": "technology",
        "technologie": "technology", "tecnologia": "technology", "offre": "technology", "oferta": "technology",
        "технология": "technology", "技术": "technology", "技術": "technology", "تقنية": "technology",
        "needs": "need", "request": "need", "demand": "need", "besoin": "need", "demande": "need", "necesidad": "need",
        "demanda": "need", "necessidade": "need", "потребность": "need", "需求": "need", "ニーズ": "need",
        "حاجة": "need",
    },
    "ip_status": {
        "no": "none", "not protected": "none", "open": "none", "secret know how": "secret", "know how": "secret",
        "trade secret": "secret", "pending": "applied", "patent pending": "applied", "patent applied for": "applied",
        "filed": "applied", "patent granted": "granted", "patented": "granted",
    },
    "deals": {
        "exclusive licence": "licence_exclusive", "exclusive license": "licence_exclusive",
        "license exclusive": "licence_exclusive", "non exclusive licence": "licence_nonexclusive",
        "non exclusive license": "licence_nonexclusive", "license nonexclusive": "licence_nonexclusive",
        "licence": "licence_nonexclusive", "license": "licence_nonexclusive", "licensing": "licence_nonexclusive",
        "sale": "sale_of_rights", "sale of patent": "sale_of_rights", "assignment": "sale_of_rights",
        "r d collaboration": "rd_collaboration", "r and d collaboration": "rd_collaboration",
        "research collaboration": "rd_collaboration", "collaboration": "rd_collaboration",
        "research and development together": "rd_collaboration", "technical assistance": "assistance",
        "know how": "assistance", "technical assistance or know how": "assistance", "product": "supply",
        "service": "supply", "product or service supply": "supply", "sale of product": "supply",
        "funding": "investment", "finance": "investment",
    },
    "organisation_type": {
        "firm": "company", "sme": "company", "business": "company", "academia": "university",
        "research body": "research", "research institute": "research", "research organisation": "research",
        "government agency": "government", "public body": "government", "ip office": "ip_office",
        "intergovernmental organisation": "igo", "non governmental organisation": "ngo", "non profit": "ngo",
        "industry association": "association", "bank": "finance", "investor": "finance",
    },
    "organisation_size": {"sme": "medium", "startup": "micro"},
    "wanted_role": {
        "technology provider": "provider", "supplier": "provider", "development partner": "partner",
        "adviser": "expert", "consultant": "expert",
    },
}  # fmt: skip


def word(text: str, column: str) -> str:
    """A code of ours, from the code or from what people call it; what is unknown is left for `canonical` to refuse."""
    plain = normalise_name(text)
    return _WORDS.get(column, {}).get(plain, plain.replace(" ", "_"))


_PATENT = re.compile(
    r"([A-Z]{2})[\s-]?([A-Z]{0,2}\d[\d\s/.,-]*?\d?)\s*([A-Z]\d?)?(?:\s*\((applied|granted|lapsed)\))?", re.I
)


def patents(text: str, column: str) -> tuple[PatentRecord, ...]:
    """ "EP 1000000 B1; US 7,272,630 B2 (lapsed)", or a JSON list of patents."""
    if text.lstrip().startswith("["):
        return _objects(text, column, records.patent_from_json)
    return tuple(_patent(entry, column) for entry in items(text, column))


def _patent(text: str, column: str) -> PatentRecord:
    match = _PATENT.fullmatch(bounded(text, 100, column))
    if not match:
        raise RecordError(column, f"“{text[:60]}” is not a patent number such as EP 1000000 B1")
    kind = (match[3] or "").upper()
    status = (match[4] or ("granted" if kind[:1] in ("B", "C") else "applied")).lower()
    return PatentRecord(
        office=match[1].upper(), number=re.sub(r"[\s.,-]", "", match[2]).upper(), kind_code=kind, status=status
    )


_CLAIM = re.compile(
    r"([^:=]+?)\s*[:=]\s*([+-]?[\d.,\s]*\d)\s*([^(]*?)\s*(?:\((?:baseline|instead of|was)\s*([+-]?[\d.,\s]*\d)[^)]*\))?"
)


def claims(text: str, column: str) -> tuple[ClaimRecord, ...]:
    """ "Energy use: 2.8 kWh/m3 (baseline 4.1) | Life: 15 years", or a JSON list of claims."""
    if text.lstrip().startswith("["):
        return _objects(text, column, records.claim_from_json)
    return tuple(_claim(entry, column) for part in re.split(r"[|\n;]", text) if (entry := clean_line(part)))


def _claim(text: str, column: str) -> ClaimRecord:
    match = _CLAIM.fullmatch(bounded(text, 500, column))
    if not match:
        raise RecordError(column, f"“{text[:60]}” is not a claim such as Energy use: 2.8 kWh/m3 (baseline 4.1)")
    baseline = number(match[4], column) if match[4] else None
    return ClaimRecord(metric=match[1], unit=match[3], baseline=baseline, value=number(match[2], column))


def _objects(text: str, column: str, make: Callable[[dict[str, object], str], T]) -> tuple[T, ...]:
    return tuple(make(item, f"{column}[{n}]") for n, item in enumerate(_json_list(text, column, dict)))
