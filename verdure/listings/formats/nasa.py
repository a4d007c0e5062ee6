"""Projects of NASA TechPort, one JSON object a line; marks cut to their low byte and HTML in texts are mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from verdure.core import places

from ..records import ListingRecord, OrganisationRecord, ProvenanceRecord, RecordError, TextRecord
from .hygiene import clean_line, clean_text, opening, strip_markup
from .inputs import Input
from .items import Options, Outcome
from .json_lines import Fields, read_objects
from .names import organisation_type

LICENCE = "Public domain (work of the US Government)"
ATTRIBUTION = "NASA TechPort"
SUMMARY = 300
_NOTHING = frozenset({"n/a", "na", "none", "tbd"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    return read_objects(source, options, lambda values: record(Fields(values)))


def record(project: Fields) -> ListingRecord:
    number = clean_line(project.text("id")).removeprefix("nasa-")
    if not number:
        raise RecordError("id", "is missing: the project's number is what it is known by")
    description = _prose(project.text("description"))
    return ListingRecord(
        kind="technology",
        texts=(
            TextRecord(
                language="en",
                title=strip_markup(project.text("title")),
                summary=opening(description, SUMMARY),
                description=description,
                advantages=_prose(project.text("benefits")),
                keywords=_keywords(project),
            ),
        ),
        provenance=ProvenanceRecord(
            source="nasa-techport",
            source_id=number,
            url=f"https://techport.nasa.gov/projects/{number}",
            licence=LICENCE,
            attribution=ATTRIBUTION,
        ),
        organisation=_organisation(project),
        readiness=_level(project, "currentTrl") or _level(project, "startTrl"),
        developed_in=_countries(project),
        dated=_month(project.text("startDate")),
    )


def _prose(text: str) -> str:
    prose = clean_text(strip_markup(text))
    return "" if prose.casefold().strip(" .") in _NOTHING else prose


def _keywords(project: Fields) -> tuple[str, ...]:
    """The labels of the taxonomy's entries, which come as pairs of code and label."""
    entries = project.raw("taxonomy") or []
    if not isinstance(entries, list):
        raise RecordError("taxonomy", "must be a list")
    labels = (pair[1] for pair in entries if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str))
    return tuple(dict.fromkeys(clean_line(strip_markup(label)) for label in labels))


def _countries(project: Fields) -> tuple[str, ...]:
    found = places.find_country(project.text("leadCountry"))
    return (found,) if found else ()


def _organisation(project: Fields) -> OrganisationRecord | None:
    name = clean_line(strip_markup(project.text("leadOrganization")))
    if not name:
        return None
    return OrganisationRecord(name=name, type=organisation_type(name), country=next(iter(_countries(project)), ""))


def _level(project: Fields, name: str) -> int | None:
    text = clean_line(project.text(name))
    if not text:
        return None
    if not re.fullmatch("[1-9]", text):
        raise RecordError(name, f"“{text[:20]}” is not a level from 1 to 9")
    return int(text)


def _month(text: str) -> date | None:
    """The first day of "Jan 2015"."""
    match = re.fullmatch(r"([A-Za-z]{3})[a-z]* (\d{4})", clean_line(text))
    if not match or match[1].casefold() not in _MONTHS or match[2] == "0000":
        return None
    return date(int(match[2]), _MONTHS.index(match[1].casefold()) + 1, 1)
