"""US patent grants and applications in XML ("red book", v4.0 of 2004 to v4.7), one document or many in a file.

What is not needed (claims, drawings, citations) is passed over while reading, so that memory stays small."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from verdure.core import places

from ..records import ListingRecord, OrganisationRecord, RecordError
from . import patents
from .hygiene import opening
from .inputs import Input, chunks
from .items import Found, Options, Outcome, refusal, whole_file
from .names import organisation_type
from .patents import value
from .safe_xml import Documents, XmlReader, XmlRefused

ROOTS = frozenset({"us-patent-grant", "us-patent-application"})
OLD_ROOTS = frozenset({"patent-application-publication", "PATDOC"})
SKIPPED = frozenset(
    {
        "claims", "us-claim-statement", "drawings", "references-cited", "us-references-cited", "us-related-documents",
        "us-field-of-classification-search", "field-of-search", "classification-national", "inventors", "agents",
        "examiners", "correspondence-address", "us-chemistry", "us-math", "us-sequence-list-doc", "figures", "tables",
        "chemistry", "maths",
    }
)  # fmt: skip
LICENCE = "Public domain (work of the US Government)"
ATTRIBUTION = "United States Patent and Trademark Office"
EXCERPT = 2_000  # characters of the description where a document has no abstract


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    with source.open() as stream:
        empty = True
        for line, body in Documents(chunks(stream)):
            empty = False
            yield from _document(line, body)
        if empty:
            yield whole_file("is empty")


def _document(line: int, body: Iterator[bytes]) -> Iterator[Outcome]:
    """Exactly one outcome for one document."""
    reader = XmlReader(wanted=ROOTS, skip=SKIPPED, line=line)
    first: Outcome | None = None
    try:
        for at, found in reader.read(body):
            first = first or _outcome(at, found)
    except XmlRefused as error:
        if reader.doctype in OLD_ROOTS:
            yield refusal(line, _no_listing(reader.doctype), raw=f"<{reader.doctype}>")
            return
        yield refusal(error.line or line, f"The document that begins in line {line} {error.reason}", raw=reader.root)
        return
    yield first or refusal(line, _no_listing(reader.root), raw=f"<{reader.root}>")


def _outcome(line: int, found: Element | XmlRefused) -> Outcome:
    if isinstance(found, XmlRefused):
        return refusal(line, f"The document {found.reason}")
    return Found(line, lambda: record(found), found.get("file", ""))


def _no_listing(root: str) -> str:
    if root in OLD_ROOTS:
        return (
            f"<{root}> is a format that the USPTO used before 2005; red book XML (us-patent-grant, "
            "us-patent-application) is read. Fetch the document in that format."
        )
    return f"<{root}> is not a patent grant or application, so there is nothing to list"


def record(document: Element) -> ListingRecord:
    granted = document.tag == "us-patent-grant"
    biblio = document.find("us-bibliographic-data-grant" if granted else "us-bibliographic-data-application")
    if biblio is None:
        raise RecordError("", "has no bibliographic data")
    publication = biblio.find("publication-reference/document-id")
    number = _number(value(publication, "doc-number"))
    if not number:
        raise RecordError("number", "is missing: the document does not say its own number")
    title = value(biblio, "invention-title")
    language = (document.get("lang") or "en").lower()
    return patents.record(
        patents.Document(
            source="uspto",
            office=value(publication, "country") or "US",
            number=number,
            kind_code=value(publication, "kind"),
            granted=granted,
            texts=((language, title, _abstract(document)),) if title else (),
            url=_url(number, granted=granted),
            licence=LICENCE,
            attribution=ATTRIBUTION,
            published=patents.day(value(publication, "date")),
            filed=patents.day(value(biblio, "application-reference/document-id/date")),
            ipc=_ipc(biblio),
            cpc=patents.symbols(
                map(patents.structured_symbol, biblio.iterfind("classifications-cpc//classification-cpc"))
            ),
            organisation=_organisation(biblio),
        )
    )


def _number(text: str) -> str:
    """Without the zeros that fill it up: "07272630" is 7272630, "D0534322" is D534322."""
    return re.sub(r"^([A-Z]*)0+(?=\d)", r"\1", text)


def _url(number: str, *, granted: bool) -> str:
    database = "USPAT" if granted else "US-PGPUB"
    return f"https://ppubs.uspto.gov/pubwebapp/external.html?q=({number}).pn.&db={database}"


def _abstract(document: Element) -> str:
    abstract = document.find("abstract")
    text = patents.prose(abstract) if abstract is not None else ""
    description = document.find("description")
    if text or description is None:
        return text
    paragraphs = (patents.inline(block) for block in description.iterfind("p"))
    return opening("\n\n".join(paragraphs), EXCERPT)


def _ipc(biblio: Element) -> tuple[str, ...]:
    """Of the edition in use, else of the seventh, which was in use to 2005."""
    found = patents.symbols(map(patents.structured_symbol, biblio.iterfind("classifications-ipcr/classification-ipcr")))
    old = biblio.find("classification-ipc")
    if found or old is None:
        return found
    entries = (*old.iterfind("main-classification"), *old.iterfind("further-classification"))
    return patents.symbols(map(patents.inline, entries))


def _organisation(biblio: Element) -> OrganisationRecord | None:
    """The first assignee or applicant that is an organisation; persons are not taken over."""
    parties = (
        *biblio.iterfind("assignees/assignee"),
        *biblio.iterfind("us-parties/us-applicants/us-applicant"),
        *biblio.iterfind("parties/applicants/applicant"),
    )
    for party in parties:
        name = value(party, "orgname") or value(party, "addressbook/orgname")
        if name:
            code = value(party, "addressbook/address/country") or value(party, "address/country")
            country = code if len(code) == 2 and places.is_place(code) else ""
            return OrganisationRecord(name=opening(name, 250), type=organisation_type(name), country=country)
    return None
