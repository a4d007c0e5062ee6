"""What the patent offices' formats have in common: texts, dates, symbols, and the record made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element

from ..records import ListingRecord, OrganisationRecord, PatentRecord, ProvenanceRecord, RecordError, TextRecord
from ..taxonomy import normalise_symbol
from .classify import fields_for_symbols
from .hygiene import TEXT_LIMIT, TITLE_LIMIT, clean_line, clean_text, opening

SUMMARY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A published patent document as both offices describe it."""

    source: str
    office: str
    number: str
    kind_code: str
    granted: bool
    texts: tuple[tuple[str, str, str], ...]  # (language, title, abstract), the original first
    url: str
    licence: str
    attribution: str
    published: date | None
    filed: date | None
    ipc: tuple[str, ...]
    cpc: tuple[str, ...]
    organisation: OrganisationRecord | None

    @property
    def name(self) -> str:
        return f"{self.office}{self.number}{self.kind_code}"


def record(document: Document) -> ListingRecord:
    if not document.texts:
        raise RecordError("title", f"{document.name} has no title here; a listing needs one")
    status = "granted" if document.granted else "applied"
    patent = PatentRecord(
        office=document.office,
        number=document.number,
        kind_code=document.kind_code,
        status=status,
        filed=document.filed,
    )
    return ListingRecord(
        kind="technology",
        texts=tuple(_text(*version) for version in document.texts),
        provenance=ProvenanceRecord(
            source=document.source,
            source_id=document.name,
            url=document.url,
            licence=document.licence,
            attribution=document.attribution,
        ),
        organisation=document.organisation,
        fields=fields_for_symbols((*document.ipc, *document.cpc)),
        ip_status=status,
        patents=(patent,),
        ipc=document.ipc,
        cpc=document.cpc,
        dated=document.published,
    )


def _text(language: str, title: str, abstract: str) -> TextRecord:
    """Offices' titles and abstracts may be longer than ours: they are shortened at a sentence, not refused."""
    body = opening(clean_text(abstract), TEXT_LIMIT)
    return TextRecord(
        language=language,
        title=opening(clean_line(title), TITLE_LIMIT),
        summary=opening(body, SUMMARY),
        description=body,
    )


def day(text: str) -> date | None:
    """The date of "20070918"; offices write zeros where a part is unknown."""
    text = text.strip()
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        return None
    year, month, number = int(text[:4]), int(text[4:6]), int(text[6:])
    try:
        return date(year, month or 1, number or 1)
    except ValueError:
        return None


def symbols(found: Iterable[str]) -> tuple[str, ...]:
    """Classification symbols in one writing, each once."""
    return tuple(dict.fromkeys(symbol for text in found if (symbol := normalise_symbol(text))))


def structured_symbol(classification: Element) -> str:
    """The symbol of an element that holds section, class, subclass, main-group and subgroup."""
    parts = [value(classification, name) for name in ("section", "class", "subclass", "main-group", "subgroup")]
    if not all(parts[:3]):
        return ""
    head = "".join(parts[:3])
    return f"{head}{parts[3]}/{parts[4]}" if parts[3] and parts[4] else head


def value(element: Element | None, path: str) -> str:
    """The text at a path below the element, on one line; "" where there is none."""
    found = element.find(path) if element is not None else None
    return clean_line("".join(found.itertext())) if found is not None else ""


def inline(element: Element) -> str:
    """All text of an element, as one line."""
    return clean_line("".join(element.itertext()))


_BLOCKS = frozenset({"p", "heading", "li", "claim-text"})


def prose(element: Element) -> str:
    """The text of an element in paragraphs."""
    return clean_text("\n\n".join(text for text in _paragraphs(element) if text))


def _paragraphs(element: Element) -> Iterator[str]:
    blocks = [child for child in element if child.tag in _BLOCKS]
    if not blocks:
        yield inline(element)
        return
    if element.text and element.text.strip():
        yield clean_line(element.text)
    for block in blocks:
        yield inline(block)
