"""One form for every record that is read: clean text, lists without repeats, every value within the database's bounds.

`canonical` is idempotent, so a record that was once canonical is read back equal from what export writes.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies

from verdure.core import places

from .. import taxonomy
from ..records import (
    ClaimRecord,
    ListingRecord,
    OrganisationRecord,
    PatentRecord,
    ProvenanceRecord,
    RecordError,
    TextRecord,
)
from .hygiene import SUMMARY_LIMIT, TEXT_LIMIT, TITLE_LIMIT, clean_line, clean_text

KINDS = ("technology", "need")
DEALS = (
    "licence_exclusive", "licence_nonexclusive", "sale_of_rights", "joint_venture", "rd_collaboration", "assistance",
    "supply", "investment",
)  # fmt: skip
IP_STATUSES = ("none", "secret", "applied", "granted")
ROLES = ("provider", "partner", "investor", "contractor", "expert")
PATENT_STATUSES = ("applied", "granted", "lapsed")
ORGANISATION_TYPES = (
    "company", "university", "research", "government", "ip_office", "igo", "ngo", "association", "finance", "other",
)  # fmt: skip
SIZES = ("micro", "small", "medium", "large")
ONLY_TECHNOLOGY = ("readiness", "ip_status")
ONLY_NEED = ("readiness_min", "deadline", "wanted_role")
LONG_TEXTS = ("description", "advantages", "problem", "context", "specification", "comparison")
MAX_FIELDS, MAX_LIST, MAX_KEYWORD = 5, 500, 200

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SLUG = re.compile(r"[A-Za-z0-9_-]+")


def canonical(record: ListingRecord) -> ListingRecord:
    """The record in its one form. Raises RecordError naming the column that cannot be kept and why."""
    one_of(record.kind, KINDS, "kind")
    found: dict[str, Any] = {
        name: _places(getattr(record, name), name) for name in ("places", "developed_in", "deployed_in")
    }
    made = dataclasses.replace(
        record,
        texts=_texts(record.texts),
        provenance=_provenance(record.provenance) if record.provenance else None,
        organisation=_organisation(record.organisation) if record.organisation else None,
        fields=_fields(record.fields),
        goals=tuple(sorted(set(record.goals))),
        deals=_unique(record.deals),
        website=web_address(record.website, "website"),
        video=web_address(record.video, "video"),
        patents=tuple(_patent(item, f"patents[{n}]") for n, item in enumerate(record.patents)),
        ipc=_symbols(record.ipc, "ipc"),
        cpc=_symbols(record.cpc, "cpc"),
        claims=tuple(_claim(item, f"claims[{n}]") for n, item in enumerate(record.claims)),
        **found,
    )
    _check_values(made)
    _check_amounts(made)
    return made


def of_kind(record: ListingRecord, kind: str) -> ListingRecord:
    """The record as a technology or a need, without what only the other has."""
    drop = ONLY_TECHNOLOGY if kind == "need" else ONLY_NEED
    empty: dict[str, Any] = {f.name: f.default for f in dataclasses.fields(record) if f.name in drop}
    return dataclasses.replace(record, kind=kind, **empty)


def one_of(value: str, known: Iterable[str], column: str) -> None:
    if value not in known:
        raise RecordError(column, f"“{value[:40]}” is not known here; use one of: {', '.join(known)}")


def bounded(value: str, limit: int, column: str) -> str:
    if len(value) > limit:
        raise RecordError(column, f"is {len(value):,} characters long; at most {limit:,} are kept. Shorten it.")
    return value


def _line(value: str, limit: int, column: str) -> str:
    return bounded(clean_line(value), limit, column)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _texts(texts: tuple[TextRecord, ...]) -> tuple[TextRecord, ...]:
    if not texts:
        raise RecordError("title", "is missing")
    made = tuple(_text(item, "" if n == 0 else f"[{item.language}]") for n, item in enumerate(texts))
    languages = [item.language for item in made]
    if len(set(languages)) < len(languages):
        raise RecordError("language", f"{max(languages, key=languages.count)} is there twice; keep one version of each")
    return made


def _text(text: TextRecord, suffix: str) -> TextRecord:
    made = dataclasses.replace(
        text,
        language=language(text.language, f"language{suffix}"),
        title=_line(text.title, TITLE_LIMIT, f"title{suffix}"),
        summary=bounded(clean_text(text.summary), SUMMARY_LIMIT, f"summary{suffix}"),
        keywords=_keywords(text.keywords, f"keywords{suffix}"),
        made_from=language(text.made_from, f"made_from{suffix}") if text.made_from else "",
        **{name: bounded(clean_text(getattr(text, name)), TEXT_LIMIT, f"{name}{suffix}") for name in LONG_TEXTS},
    )
    if not made.title:
        raise RecordError(f"title{suffix}", "is missing")
    one_of(made.origin, ("human", "machine"), f"origin{suffix}")
    if made.origin == "machine" and not made.made_from:
        raise RecordError(
            f"made_from{suffix}", "is missing: a machine translation says which language it was made from"
        )
    return made


def language(text: str, column: str) -> str:
    """A language tag with its first part in lower case: "EN" is "en", "pt_BR" is "pt-BR"."""
    primary, _, rest = clean_line(text).replace("_", "-").partition("-")
    tag = primary.lower() + (f"-{rest}" if rest else "")
    if len(tag) > 16 or not _LANGUAGE.fullmatch(tag):
        raise RecordError(column, f"“{text[:40]}” is not a language tag such as en, fr or pt-BR")
    return tag


def _keywords(keywords: tuple[str, ...], column: str) -> tuple[str, ...]:
    made = _unique(found for word in keywords if (found := _line(word, MAX_KEYWORD, column)))
    return _counted(made, MAX_LIST, column)


def _counted(values: tuple[str, ...], limit: int, column: str) -> tuple[str, ...]:
    if len(values) > limit:
        raise RecordError(column, f"has {len(values):,} entries; at most {limit} are kept")
    return values


def _fields(codes: tuple[str, ...]) -> tuple[str, ...]:
    for code in codes:
        if not taxonomy.is_field(code):
            raise RecordError("fields", f"“{code[:80]}” is not a field of the taxonomy")
    return _counted(_unique(codes), MAX_FIELDS, "fields")


def _places(codes: tuple[str, ...], column: str) -> tuple[str, ...]:
    for code in codes:
        if not places.is_place(code):
            raise RecordError(column, f"“{code[:40]}” is not a country (ISO 3166) or region (UN M49)")
    return _unique(codes)


def country(code: str, column: str) -> str:
    if code and not (len(code) == 2 and places.is_place(code)):
        raise RecordError(column, f"“{code[:40]}” is not a country (ISO 3166)")
    return code


def web_address(text: str, column: str, limit: int = 1_000) -> str:
    """A web address that a link may lead to."""
    address = clean_line(text)
    if not address:
        return ""
    if not is_web_address(address):
        raise RecordError(column, f"“{address[:80]}” is not a web address: it should begin with https:// or http://")
    return bounded(address, limit, column)


_LABEL = "[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_TOP = "(?:xn--[a-z0-9]{1,59}|[a-z\u00a1-\uffff]{2,63})"
_OCTET = "(?:0|25[0-5]|2[0-4][0-9]|1[0-9]{0,2}|[1-9][0-9]?)"
_WEB = re.compile(
    rf"https?://(?=[^/?#:]{{1,253}}(?:[/?#:]|$))(?:(?:{_LABEL}\.)+{_TOP}|{_OCTET}(?:\.{_OCTET}){{3}})"
    r"(?::[0-9]{1,5})?(?:[/?#][^\s<>\"\\^`{|}]*)?",
    re.I,
)


def is_web_address(address: str) -> bool:
    """Whether it is http or https, names a host that can be, and no user; at least as strict as Django's URLField."""
    return len(address) <= 2_048 and bool(_WEB.fullmatch(address))


def _symbols(symbols: tuple[str, ...], column: str) -> tuple[str, ...]:
    made = _unique(_line(item, 40, column) for item in symbols)
    return _counted(tuple(item for item in made if item), MAX_LIST, column)


def _provenance(origin: ProvenanceRecord) -> ProvenanceRecord:
    made = ProvenanceRecord(
        source=_line(origin.source, 50, "source"),
        source_id=_line(origin.source_id, 200, "source_id"),
        url=web_address(origin.url, "url"),
        licence=_line(origin.licence, 200, "licence"),
        attribution=_line(origin.attribution, 2_000, "attribution"),
    )
    if not _SLUG.fullmatch(made.source):
        raise RecordError("source", f"“{made.source}” should be letters, digits, - and _ only")
    if not made.source_id:
        raise RecordError("source_id", "is missing")
    return made


def _organisation(named: OrganisationRecord) -> OrganisationRecord:
    made = OrganisationRecord(
        name=_line(named.name, 250, "organisation"),
        type=named.type,
        country=country(named.country, "organisation_country"),
        size=named.size,
        description=bounded(clean_text(named.description), 5_000, "organisation_description"),
        website=web_address(named.website, "organisation_website", 500),
    )
    if not made.name:
        raise RecordError("organisation", "has no name")
    one_of(made.type, ORGANISATION_TYPES, "organisation_type")
    one_of(made.size, ("", *SIZES), "organisation_size")
    return made


def _patent(patent: PatentRecord, column: str) -> PatentRecord:
    made = dataclasses.replace(
        patent,
        office=clean_line(patent.office).upper(),
        number=_line(patent.number, 40, f"{column}.number"),
        kind_code=_line(patent.kind_code, 4, f"{column}.kind_code"),
    )
    if not re.fullmatch("[A-Z]{2}", made.office):
        raise RecordError(f"{column}.office", f"“{patent.office[:40]}” is not the two letters of an office, such as EP")
    if not made.number:
        raise RecordError(f"{column}.number", "is missing")
    one_of(made.status, PATENT_STATUSES, f"{column}.status")
    if made.filed and made.expires and made.filed >= made.expires:
        raise RecordError(f"{column}.expires", "is not after the date of filing")
    return made


def _claim(claim: ClaimRecord, column: str) -> ClaimRecord:
    made = dataclasses.replace(
        claim,
        metric=_line(claim.metric, 200, f"{column}.metric"),
        unit=_line(claim.unit, 60, f"{column}.unit"),
        conditions=_line(claim.conditions, 500, f"{column}.conditions"),
        source=_line(claim.source, 500, f"{column}.source"),
    )
    if not made.metric:
        raise RecordError(f"{column}.metric", "is missing")
    for name, value in (("value", made.value), ("baseline", made.baseline)):
        _check_decimal(value, f"{column}.{name}", places=8)
    return made


def _check_decimal(value: Decimal | None, column: str, *, places: int) -> None:
    """Bounds the exponent before any arithmetic: 1E+999999999 would be written out."""
    if value is None or not value:
        return
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or value.adjusted() >= 16:
        raise RecordError(column, "has more than 16 digits before the point; choose a larger unit")
    if exponent < -60 or value != round(value, places):
        raise RecordError(column, f"has more than {places} digits after the point")


def _check_values(record: ListingRecord) -> None:
    for goal in record.goals:
        if not 1 <= goal <= 17:
            raise RecordError("goals", f"{str(goal)[:20]} is not one of the goals 1 to 17")
    for deal in record.deals:
        one_of(deal, DEALS, "deals")
    for name in ("readiness", "readiness_min"):
        level = getattr(record, name)
        if level is not None and not 1 <= level <= 9:
            raise RecordError(name, f"{str(level)[:20]} is not a level from 1 to 9")
    one_of(record.ip_status, ("", *IP_STATUSES), "ip_status")
    one_of(record.wanted_role, ("", *ROLES), "wanted_role")
    wrong: dict[str, tuple[str, ...]] = {"technology": ONLY_NEED, "need": ONLY_TECHNOLOGY}
    for name in wrong[record.kind]:
        if getattr(record, name) not in (None, ""):
            raise RecordError(name, f"does not belong to a {record.kind}")


def _check_amounts(record: ListingRecord) -> None:
    amounts: dict[str, Any] = {"amount_min": record.amount_min, "amount_max": record.amount_max}
    for name, value in amounts.items():
        _check_decimal(value, name, places=2)
        if value is not None and value < 0:
            raise RecordError(name, "is less than zero")
    given = [value for value in amounts.values() if value is not None]
    if given and not record.currency:
        raise RecordError("currency", "is missing: an amount needs its currency, such as EUR or KES")
    if len(given) == 2 and given[0] > given[1]:
        raise RecordError("amount_max", "is less than amount_min")
    if record.currency and record.currency not in list_currencies():
        raise RecordError("currency", f"“{record.currency[:20]}” is not the three letters of a currency, such as EUR")
