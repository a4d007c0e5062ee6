"""Projects of Open Sustainable Technology, one JSON object a line; organisations from organizations.csv beside it."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator, Mapping

from verdure.core import places

from ..records import ListingRecord, OrganisationRecord, ProvenanceRecord, RecordError, TextRecord
from .canonical import is_web_address
from .classify import fields_for_topics
from .hygiene import clean_line, clean_text, opening, strip_markup
from .inputs import Input
from .items import Options, Outcome
from .json_lines import Fields, read_objects

LICENCE = "CC-BY-4.0"
ATTRIBUTION = "Open Sustainable Technology, ProtonTypes and contributors"
ORGANISATIONS = "organizations.csv"
LARGEST = 32 << 20
SUMMARY = 300
_TYPES = {
    "academia": "university", "government agency": "government", "for-profit": "company", "non-profit": "ngo",
    "community": "other", "collaboration": "association",
}  # fmt: skip


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    owners = _owners(source.beside(ORGANISATIONS))
    return read_objects(source, options, lambda values: record(Fields(values), owners))


def record(project: Fields, owners: Mapping[str, OrganisationRecord]) -> ListingRecord:
    address, number = clean_line(project.text("url")), clean_line(project.text("id"))
    if not address and not number:
        raise RecordError("url", "is missing: the project's address is what it is known by")
    description = clean_text(strip_markup(project.text("description")))
    summary = opening(description, SUMMARY)
    organisation = owners.get(_key(address))
    topic = clean_line(project.text("topic"))
    return ListingRecord(
        kind="technology",
        texts=(
            TextRecord(
                language="en",
                title=strip_markup(project.text("name")),
                summary=summary,
                description=description if description != summary else "",
                keywords=tuple(word for word in (topic, clean_line(project.text("field"))) if word),
            ),
        ),
        provenance=ProvenanceRecord(
            source="opensustain",
            source_id=_key(address) or number,
            url=address if is_web_address(address) else "",
            licence=LICENCE,
            attribution=ATTRIBUTION,
        ),
        organisation=organisation,
        fields=fields_for_topics("opensustain", (topic,)),
        website=address if is_web_address(address) else "",
        developed_in=(organisation.country,) if organisation and organisation.country else (),
    )


def _key(address: str) -> str:
    """The address without what may differ between two ways to write it."""
    return address.casefold().partition("://")[2].removeprefix("www.").rstrip("/")


def _owners(table: Input | None) -> dict[str, OrganisationRecord]:
    """Organisations by the projects that they list; none where the table is missing or too large to be the one."""
    if table is None or table.size > LARGEST:
        return {}
    text = table.head(LARGEST).decode("utf-8-sig", errors="replace")
    found: dict[str, OrganisationRecord] = {}
    with contextlib.suppress(csv.Error):  # it only adds to the projects: a damaged table adds less
        for row in csv.DictReader(io.StringIO(text)):
            if organisation := _organisation(row):
                projects = (row.get("organization_projects") or "").split(",")
                found.update({_key(clean_line(project)): organisation for project in projects if project.strip()})
    return found


def _organisation(row: Mapping[str, str | None]) -> OrganisationRecord | None:
    name = clean_line(row.get("organization_name") or "")[:250]
    if not name:
        return None
    website = clean_line(row.get("organization_website") or "")
    website = website if "://" in website or not website else f"https://{website}"
    return OrganisationRecord(
        name=name,
        type=_TYPES.get(clean_line(row.get("form_of_organization") or ""), "other"),
        country=places.find_country(row.get("location_country") or "") or "",
        description=clean_text(strip_markup(row.get("organization_description") or ""))[:5_000],
        website=website if is_web_address(website) and len(website) <= 500 else "",
    )
