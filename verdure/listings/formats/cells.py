"""From the cells of one row to a record. `Cells` are the row's texts by our column names, empty ones left out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..records import ListingRecord, OrganisationRecord, ProvenanceRecord, RecordError, TextRecord
from . import values
from .canonical import is_web_address, language
from .classify import fields_for_symbols
from .columns import split_column, text_columns
from .hygiene import clean_line, opening, strip_markup

SUMMARY = 300
Cells = Mapping[str, str]

_LISTS: dict[str, Callable[[str, str], Any]] = {
    "fields": values.field_code,
    "goals": values.goal,
    "places": values.place,
    "developed_in": values.place,
    "deployed_in": values.place,
    "deals": values.word,
    "ipc": lambda text, column: text,
    "cpc": lambda text, column: text,
}
_SINGLE: dict[str, Callable[[str, str], Any]] = {
    "readiness": values.level,
    "readiness_min": values.level,
    "ip_status": values.word,
    "wanted_role": values.word,
    "deadline": values.day,
    "dated": values.day,
    "patents": values.patents,
    "claims": values.claims,
    "website": lambda text, column: text,
    "video": lambda text, column: text,
}


def record(cells: Cells, *, default_language: str = "en", as_written: bool = False) -> ListingRecord:
    """The row's record. With `as_written`, texts are taken as they stand, as export wrote them; otherwise HTML in them
    is made plain, a summary is made from the description where there is none, and fields from patent classes."""
    found: dict[str, Any] = {
        name: tuple(read(item, name) for item in values.items(cells[name], name))
        for name, read in _LISTS.items()
        if name in cells
    }
    found |= {name: read(cells[name], name) for name, read in _SINGLE.items() if name in cells}
    found |= _amounts(cells)
    fields, other = _categories(cells)
    found["fields"] = tuple(dict.fromkeys((*found.get("fields", ()), *fields)))
    if not found.get("fields") and not as_written:
        found["fields"] = fields_for_symbols((*found.get("ipc", ()), *found.get("cpc", ())))
    return ListingRecord(
        kind=_kind(cells),
        texts=_texts(cells, default_language, as_written=as_written, more_keywords=other),
        provenance=_provenance(cells),
        organisation=_organisation(cells),
        **found,
    )


def _kind(cells: Cells) -> str:
    if "kind" in cells:
        return values.word(cells["kind"], "kind")
    is_need = any(name in cells for name in ("problem", "deadline", "wanted_role", "readiness_min", "specification"))
    return "need" if is_need else "technology"


def _categories(cells: Cells) -> tuple[list[str], tuple[str, ...]]:
    """The row's own categories as (those that are fields here, the others)."""
    found: list[str] = []
    other: list[str] = []
    for item in values.items(cells.get("categories", ""), "categories"):
        try:
            found.append(values.field_code(item, "categories"))
        except RecordError:
            other.append(item)
    return found, tuple(other)


def _amounts(cells: Cells) -> dict[str, Any]:
    found: dict[str, Any] = {}
    currency = cells.get("currency", "").upper()
    for name in ("amount_min", "amount_max"):
        if name in cells:
            found[name], named = values.amount(cells[name], name)
            currency = currency or named
    return found | {"currency": currency}


_SLUG = re.compile(r"[A-Za-z0-9_-]{1,50}")


def _provenance(cells: Cells) -> ProvenanceRecord | None:
    """What the row says of where it comes from; an empty source or id is then filled by whoever reads the file.

    People write an address or a name under "source" as well: an address becomes the record's, a name is whom to credit.
    """
    if not any(name in cells for name in ("source", "source_id", "source_url", "licence", "attribution")):
        return None
    source, url, credit = cells.get("source", "").strip(), cells.get("source_url", ""), cells.get("attribution", "")
    if source and not _SLUG.fullmatch(source):
        url, credit = (url or source, credit) if is_web_address(source) else (url, credit or source)
        source = ""
    return ProvenanceRecord(
        source=source,
        source_id=cells.get("source_id", ""),
        url=url,
        licence=cells.get("licence", ""),
        attribution=credit,
    )


def _organisation(cells: Cells) -> OrganisationRecord | None:
    given = {name: text for name, text in cells.items() if name.startswith("organisation")}
    if "organisation" not in given:
        if given:
            raise RecordError("organisation", f"is missing, while {min(given)} is given")
        return None
    return OrganisationRecord(
        name=given["organisation"],
        type=values.word(given.get("organisation_type", "other"), "organisation_type"),
        country=values.country(given["organisation_country"], "organisation_country")
        if "organisation_country" in given
        else "",
        size=values.word(given.get("organisation_size", ""), "organisation_size"),
        description=given.get("organisation_description", ""),
        website=given.get("organisation_website", ""),
    )


def _texts(
    cells: Cells, default_language: str, *, as_written: bool, more_keywords: tuple[str, ...]
) -> tuple[TextRecord, ...]:
    own = language(cells.get("language", default_language), "language")
    versions: dict[str, dict[str, str]] = {}
    for column, text in cells.items():
        name, named, _ = split_column(column)
        if name in text_columns():
            version = versions.setdefault(language(named, column) if named else own, {})
            if name in version:
                raise RecordError(column, "is given twice for the same language")
            version[name] = text
    order = [language(item, "languages") for item in values.items(cells.get("languages", ""), "languages")]
    ordered = sorted(versions, key=lambda tag: order.index(tag) if tag in order else len(order) + (tag != own))
    texts = tuple(_text(tag, versions[tag], as_written=as_written) for tag in ordered)
    if more_keywords and texts:
        keywords = tuple(dict.fromkeys((*texts[0].keywords, *more_keywords)))
        return (dataclasses.replace(texts[0], keywords=keywords), *texts[1:])
    return texts


def _text(tag: str, version: dict[str, str], *, as_written: bool) -> TextRecord:
    written = version.pop("keywords", "")
    keywords = values.items(written, "keywords")
    if not as_written:
        parts = written.split(",") if len(keywords) == 1 else keywords
        keywords = tuple(clean_line(word).strip(' “”"') for word in parts)
        version = {name: strip_markup(text) for name, text in version.items()}
        keywords = tuple(strip_markup(keyword) for keyword in keywords)
        if "summary" not in version and "description" in version:
            version["summary"] = opening(version["description"], SUMMARY)
    if "title" not in version:
        suffix = f"[{tag}]" if as_written else ""
        raise RecordError(f"title{suffix}", "is missing")
    return TextRecord(language=tag, keywords=keywords, **version)
