"""EU research projects as CORDIS publishes them: one JSON object a line, or its CSV with the same names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from verdure.core import places

from ..records import ListingRecord, OrganisationRecord, ProvenanceRecord, RecordError, TextRecord
from .canonical import is_web_address
from .classify import fields_for_topics
from .csv_rows import dictionaries
from .hygiene import clean_line, clean_text, opening, strip_markup
from .inputs import Input
from .items import Options, Outcome
from .json_lines import Fields, is_json, read_objects
from .names import organisation_type

LICENCE = "CC-BY-4.0"
ATTRIBUTION = "© European Union, CORDIS"
SUMMARY = 300


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    if is_json(source):
        return read_objects(source, options, lambda values: record(Fields(values)))
    return dictionaries(source, options, lambda values: record(Fields(values)), needed=("title", "objective"))


def record(project: Fields) -> ListingRecord:
    number = clean_line(project.text("id"))
    if not number:
        raise RecordError("id", "is missing: the project's number is what it is known by")
    objective = clean_text(strip_markup(project.text("objective")))
    cost = _cost(project)
    topics = project.texts("topics")
    return ListingRecord(
        kind="technology",
        texts=(
            TextRecord(
                language="en",
                title=strip_markup(project.text("title")),
                summary=opening(objective, SUMMARY),
                description=objective,
                keywords=_keywords(project, topics),
            ),
        ),
        provenance=ProvenanceRecord(
            source="cordis",
            source_id=number,
            url=f"https://cordis.europa.eu/project/id/{number}",
            licence=LICENCE,
            attribution=ATTRIBUTION,
        ),
        organisation=_coordinator(project),
        fields=fields_for_topics("cordis", topics),
        website=_website(project.text("projectUrl")),
        developed_in=_countries(project),
        amount_min=cost,
        amount_max=cost,
        currency="EUR" if cost is not None else "",
        dated=_day(project.text("startDate")),
    )


def _keywords(project: Fields, topics: tuple[str, ...]) -> tuple[str, ...]:
    words = (project.text("acronym"), *topics)
    return tuple(dict.fromkeys(word for word in map(clean_line, words) if word))


# CORDIS writes two countries as the EU does, not as ISO 3166.
_EU_CODES = {"EL": "GR", "UK": "GB"}


def _country(code: str) -> str:
    code = clean_line(code).upper()
    return places.find_country(_EU_CODES.get(code, code)) or ""


def _countries(project: Fields) -> tuple[str, ...]:
    codes = (project.text("coordinatorCountry"), *project.texts("participantCountries"))
    return tuple(dict.fromkeys(found for code in codes if (found := _country(code))))


def _coordinator(project: Fields) -> OrganisationRecord | None:
    name = clean_line(strip_markup(project.text("coordinator")))
    if not name:
        return None
    return OrganisationRecord(
        name=name, type=organisation_type(name), country=_country(project.text("coordinatorCountry"))
    )


def _cost(project: Fields) -> Decimal | None:
    """Euros. The CSV of some years has a decimal comma."""
    text = clean_line(project.text("totalCost")).replace(",", ".")
    if not text:
        return None
    try:
        cost = Decimal(text)
        return round(cost, 2) if cost.adjusted() < 16 else cost
    except (InvalidOperation, ValueError):
        raise RecordError("totalCost", f"“{text[:40]}” is not an amount") from None


def _day(text: str) -> date | None:
    text = clean_line(text)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise RecordError("startDate", f"“{text[:40]}” is not a date (YYYY-MM-DD)") from None


def _website(text: str) -> str:
    """The first web address in what the project entered; other words there are not an address."""
    for word in re.split(r"[\s,;]+", text):
        address = word if "://" in word else f"http://{word}"
        if word and is_web_address(address):
            return address
    return ""
