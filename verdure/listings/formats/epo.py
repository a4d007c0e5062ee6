"""Exchange documents of the EPO: answers of Open Patent Services (OPS) and files of the bibliographic database (DOCDB).

What carries a title becomes a record, one for each exchange-document, with all its languages. An answer about something
else (legal events, families, claims, pictures, searches) is refused as a whole, saying what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element

from verdure.core import places

from ..records import ListingRecord, OrganisationRecord, RecordError
from . import patents
from .hygiene import clean_line, opening
from .inputs import Input, chunks
from .items import Found, Options, Outcome, refusal, whole_file
from .names import name_and_country, organisation_type
from .patents import value
from .safe_xml import XmlReader, XmlRefused

WANTED = frozenset({"exchange-document"})
ROOTS = frozenset({"world-patent-data", "exchange-documents", "exchange-document"})
SKIPPED = frozenset({"references-cited", "agents", "designation-of-states", "patent-family", "priority-claims"})
LICENCE = "EPO terms and conditions for patent information"
ATTRIBUTION = "European Patent Office"
# Most telling first: a family with legal events holds both kinds of element.
HOLDS = {
    "document-inquiry": "a list of the pictures of a document",
    "biblio-search": "the numbers that a search found, without titles",
    "legal": "legal events of a document",
    "patent-family": "the numbers of a patent family, without titles",
    "claims": "the claims of a document without its title",
    "description": "the description of a document without its title",
    "register-documents": "an extract of the European Patent Register",
    "fault": "an error message of the service",
}


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    reader = XmlReader(wanted=WANTED, skip=SKIPPED)
    any_found = False
    try:
        with source.open() as stream:
            for line, found in reader.read(chunks(stream)):
                any_found = True
                yield _outcome(line, found)
    except XmlRefused as error:
        make = refusal if reader.in_record else whole_file
        yield make(reason=error.reason, line=error.line, raw=f"<{reader.root}>")
        return
    if not any_found:
        yield whole_file(_holds(reader), line=1, raw=f"<{reader.root}>")


def _outcome(line: int, found: Element | XmlRefused) -> Outcome:
    if isinstance(found, XmlRefused):
        return refusal(line, f"The document {found.reason}")
    return Found(line, lambda: record(found), "".join(map(str, _own_number(found))))


def _holds(reader: XmlReader) -> str:
    held = next((words for name, words in HOLDS.items() if name in reader.seen), f"<{reader.root}>")
    return f"holds {held}: no exchange-document, so there is nothing to list. Fetch the bibliographic data (biblio)."


def _own_number(document: Element) -> tuple[str, str, str]:
    return (
        clean_line(document.get("country", "")),
        clean_line(document.get("doc-number", "")),
        clean_line(document.get("kind", "")),
    )


def record(document: Element) -> ListingRecord:
    country, number, kind = _own_number(document)
    if not country or not number:
        raise RecordError("number", "is missing: the document does not say its own number")
    name = f"{country}{number}{kind}"
    if document.get("status") == "D":
        raise RecordError("status", f"{name} is a notice of deletion, not a document")
    biblio = document.find("bibliographic-data")
    if biblio is None:
        raise RecordError("", f"{name} has no bibliographic data")
    return patents.record(
        patents.Document(
            source="epo-docdb",
            office=country,
            number=number,
            kind_code=kind,
            granted=is_granted(country, kind),
            texts=_texts(document, biblio),
            url=f"https://worldwide.espacenet.com/patent/search?q=pn%3D{name}",
            licence=LICENCE,
            attribution=ATTRIBUTION,
            published=_date(biblio, "publication-reference") or patents.day(document.get("date-publ", "")),
            filed=_date(biblio, "application-reference"),
            ipc=_ipc(biblio),
            cpc=_cpc(biblio),
            organisation=_organisation(biblio),
        )
    )


def is_granted(country: str, kind: str) -> bool:
    """Whether a document of this kind (WIPO ST.16) gives a right, utility models included, or only applies for one."""
    if country == "US" and kind == "A":  # before 2001 the United States published only what was granted
        return True
    return kind[:1] in ("B", "C", "E", "S", "U", "Y") or kind in ("P2", "P3", "T2", "T3", "T4", "T5")


def _date(biblio: Element, reference: str) -> date | None:
    texts = (value(item, "date") for item in biblio.iterfind(f"{reference}/document-id"))
    return next((found for text in texts if (found := patents.day(text))), None)


def _texts(document: Element, biblio: Element) -> tuple[tuple[str, str, str], ...]:
    """(language, title, abstract): first the language of publication, then those with an abstract; where there is
    neither to go by, English."""
    titles = _by_language(biblio.iterfind("invention-title"))
    abstracts = _by_language(document.iterfind("abstract"))
    if not titles:
        return ()
    own = _language(value(biblio, "language-of-publication"))
    languages = sorted(
        dict.fromkeys((*titles, *abstracts)),
        key=lambda tag: (tag != own, tag not in abstracts, not abstracts and tag != "en"),
    )
    best = titles.get("en") or next(iter(titles.values()))
    return tuple((tag, titles.get(tag, best), abstracts.get(tag, "")) for tag in languages)


def _by_language(elements: Iterator[Element]) -> dict[str, str]:
    """The first text of each language that has any."""
    found: dict[str, str] = {}
    for element in elements:
        if text := patents.prose(element):
            found.setdefault(_language(element.get("lang", "")), text)
    return found


def _language(text: str) -> str:
    """A language tag; "ol" (original language) and what is no tag at all become "und", undetermined."""
    tag = clean_line(text).lower()
    return tag if tag.isascii() and tag.isalpha() and len(tag) in (2, 3) and tag != "ol" else "und"


def _ipc(biblio: Element) -> tuple[str, ...]:
    current = biblio.iterfind("classifications-ipcr/classification-ipcr/text")
    found = patents.symbols(map(patents.inline, current))
    return found or patents.symbols(map(patents.inline, biblio.iterfind("classification-ipc/text")))


def _cpc(biblio: Element) -> tuple[str, ...]:
    found: list[str] = []
    for entry in biblio.iterfind("patent-classifications/patent-classification"):
        scheme = entry.find("classification-scheme")
        if scheme is not None and scheme.get("scheme", "").startswith("CPC"):
            found.append(patents.structured_symbol(entry) or value(entry, "classification-symbol"))
    return patents.symbols(found)


@dataclass(frozen=True, slots=True)
class _Party:
    sequence: str
    own_writing: bool
    name: str
    country: str


def _organisation(biblio: Element) -> OrganisationRecord | None:
    """The first applicant that is not one of the inventors (persons are not taken over), by its own writing."""
    persons = {party.name for party in _parties(biblio, "inventor")}
    applicants = [party for party in _parties(biblio, "applicant") if party.name]
    for sequence in dict.fromkeys(party.sequence for party in applicants):
        same = [party for party in applicants if party.sequence == sequence]
        if any(party.name in persons for party in same):
            continue
        chosen = next((party for party in same if party.own_writing), same[0])
        country = next((party.country for party in same if party.country), "")
        return OrganisationRecord(name=opening(chosen.name, 250), type=organisation_type(chosen.name), country=country)
    return None


def _parties(biblio: Element, role: str) -> list[_Party]:
    found = []
    for party in biblio.iterfind(f"parties/{role}s/{role}"):
        name, country = name_and_country(value(party, f"{role}-name/name"))
        country = country or value(party, "residence/country")
        own = party.get("data-format", "") in ("original", "docdba")
        found.append(_Party(party.get("sequence", ""), own, name, country if places.is_place(country) else ""))
    return found
