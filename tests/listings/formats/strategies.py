"""Hypothesis strategies for records that are canonical, so that round trips can be asked for equality."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from verdure.core import places
from verdure.listings import taxonomy
from verdure.listings.formats import canonical
from verdure.listings.formats.canonical import DEALS, IP_STATUSES, ORGANISATION_TYPES, PATENT_STATUSES, ROLES, SIZES
from verdure.listings.records import (
    ClaimRecord,
    ListingRecord,
    OrganisationRecord,
    PatentRecord,
    ProvenanceRecord,
    RecordError,
    TextRecord,
)

# What breaks tables: formulas, quotes, separators, remarks, JSON, markup, other scripts, marks of direction.
NASTY = st.sampled_from(
    [
        "=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "'=x", "''=x", "#1", "# remark", '["a"]', "[", "{", '"', '""',
        "a;b", "a|b", "a、b", "a,b", "x\ny", "a\n\nb", "<b>bold</b>", "&amp;", "&lt;", "_x000D_", "_x0041_", "TRUE",
        "1,234", "001", "1e5",
        "\u200fعربي\u200e", "日本語", "ไทย", "𝔘𝔫𝔦", "é", "e\u0301", "NaN", "#N/A", "%s", "\\N", "'", "`",
    ]
)  # fmt: skip
LINES = st.one_of(NASTY, st.text(max_size=40), st.lists(NASTY, max_size=4).map(" ".join))
TEXTS = st.one_of(LINES, st.lists(LINES, max_size=4).map("\n".join))
DAYS = st.none() | st.dates(min_value=date(1800, 1, 1), max_value=date(2199, 12, 31))
MONEY = st.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=2)
NUMBERS = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
PLACES = st.lists(st.sampled_from(["FJ", "KE", "DE", "001", "002", "009", "LDC", "SIDS"]), max_size=4).map(tuple)
LANGUAGES = st.sampled_from(["en", "fr", "es", "ar", "zh", "ru", "ja", "pt", "pt-BR", "und"])
ADDRESSES = st.sampled_from(
    ["", "https://example.org/a?b=c&d=%20#e", "http://xn--bcher-kva.example:8080/", "https://例え.jp/"]
)
SYMBOLS = st.lists(st.sampled_from(["H01L31/042", "F24S10/70", "Y02E10/50", "C02F", "G06F15/16"]), max_size=3).map(
    tuple
)

texts = st.builds(
    TextRecord,
    language=LANGUAGES,
    title=LINES.filter(lambda text: bool(text.strip())),
    summary=TEXTS,
    description=st.one_of(TEXTS, st.integers(30_000, 49_000).map(lambda n: "ab €" * (n // 4))),
    advantages=TEXTS,
    problem=TEXTS,
    context=TEXTS,
    specification=TEXTS,
    comparison=TEXTS,
    keywords=st.lists(LINES, max_size=4).map(tuple),
    origin=st.just("human"),
    made_from=st.sampled_from(["", "en"]),
) | st.builds(TextRecord, language=LANGUAGES, title=st.just("t"), origin=st.just("machine"), made_from=st.just("en"))
patents = st.builds(
    PatentRecord,
    office=st.sampled_from(["EP", "US", "WO"]),
    number=st.sampled_from(["1000000", "2007/123456", "=1"]),
    kind_code=st.sampled_from(["", "A1", "B2"]),
    status=st.sampled_from(PATENT_STATUSES),
    filed=DAYS,
    expires=DAYS,
)
claims = st.builds(
    ClaimRecord,
    metric=LINES.filter(lambda text: bool(text.strip())),
    unit=st.sampled_from(["", "kWh/m³", "%", "=A1"]),
    baseline=st.none() | NUMBERS,
    value=NUMBERS,
    conditions=LINES,
    source=LINES,
)
organisations = st.builds(
    OrganisationRecord,
    name=LINES.filter(lambda text: bool(text.strip())),
    type=st.sampled_from(ORGANISATION_TYPES),
    country=st.sampled_from(["", *(country.alpha2 for country in places.countries()[::25])]),
    size=st.sampled_from(["", *SIZES]),
    description=TEXTS,
    website=ADDRESSES,
)
origins = st.builds(
    ProvenanceRecord,
    source=st.sampled_from(["cordis", "my_table-1"]),
    source_id=LINES.filter(lambda text: bool(text.strip())),
    url=ADDRESSES,
    licence=LINES,
    attribution=LINES,
)


def _common(kind: str) -> st.SearchStrategy[ListingRecord]:
    return st.builds(
        ListingRecord,
        kind=st.just(kind),
        texts=st.lists(texts, min_size=1, max_size=3, unique_by=lambda text: text.language).map(tuple),
        provenance=st.none() | origins,
        organisation=st.none() | organisations,
        fields=st.lists(st.sampled_from([item.code for item in taxonomy.leaves()]), max_size=5, unique=True).map(tuple),
        goals=st.lists(st.integers(1, 17), max_size=4).map(tuple),
        places=PLACES,
        deals=st.lists(st.sampled_from(DEALS), max_size=3).map(tuple),
        website=ADDRESSES,
        video=ADDRESSES,
        patents=st.lists(patents, max_size=2).map(tuple),
        ipc=SYMBOLS,
        cpc=SYMBOLS,
        developed_in=PLACES,
        deployed_in=PLACES,
        claims=st.lists(claims, max_size=2).map(tuple),
        amount_min=st.none() | MONEY,
        amount_max=st.none() | MONEY,
        currency=st.sampled_from(["EUR", "KES"]),
        dated=DAYS,
    )


_technologies = st.builds(
    dataclasses.replace,
    _common("technology"),
    readiness=st.none() | st.integers(1, 9),
    ip_status=st.sampled_from(["", *IP_STATUSES]),
)
_needs = st.builds(
    dataclasses.replace,
    _common("need"),
    readiness_min=st.none() | st.integers(1, 9),
    deadline=DAYS,
    wanted_role=st.sampled_from(["", *ROLES]),
)


def _canonical_or_none(record: ListingRecord) -> ListingRecord | None:
    try:
        return canonical(record)
    except RecordError:
        return None


records = (
    (_technologies | _needs)
    .map(_canonical_or_none)
    .filter(lambda record: record is not None)
    .map(lambda record: record if record is not None else _never())
)


def _never() -> ListingRecord:
    raise AssertionError


def by_source_id(record: ListingRecord) -> object:
    origin = record.provenance
    return (origin.source, origin.source_id) if origin else id(record)


collections = st.lists(records, min_size=1, max_size=3, unique_by=by_source_id)
