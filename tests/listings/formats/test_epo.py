from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.data import shared_data
from verdure.listings.formats import Parsed, count, read
from verdure.listings.records import ListingRecord, OrganisationRecord, PatentRecord

from .make import docdb, docdb_document, items, write

OPS = "epo-ops-xml"
LISTINGS = {  # records, rejects of documents
    "published_fixtures_ep1000000_abstract_result.xml": (0, 1),
    "published_fixtures_ep1000000_full_cycle_result.xml": (2, 0),
    "published_test_biblio_example.xml": (1, 0),
    "published_test_biblio_example_2.xml": (0, 1),
    "published_test_biblio_example_3.xml": (1, 0),
    "published_test_biblio_example_4.xml": (1, 0),
    "published_test_full_cycle_example.xml": (2, 0),
}
NO_LISTINGS = {
    "family_fixtures_family_input.xml": "holds the numbers of a patent family",
    "legal_fixtures_example_1.xml": "holds legal events",
    "legal_fixtures_example_2.xml": "holds legal events",
    "legal_fixtures_example_3.xml": "holds legal events",
    "published_fixtures_ep1000000_description_result.xml": "is one JSON document",
    "published_fixtures_search_result.xml": "is one JSON document",
    "published_test_claims_example.xml": "holds the claims",
    "published_test_claims_example_2.xml": "holds the claims",
    "published_test_description_example.xml": "holds the description",
    "published_test_image_example.xml": "holds a list of the pictures",
    "published_test_search_example.xml": "holds the numbers that a search found",
}


def test_every_file_of_the_fixtures_is_accounted_for() -> None:
    folder = shared_data(OPS) / "current"
    found = {path.name: items(path) for path in sorted(folder.iterdir())}

    assert {
        name: (len(taken), len(refused)) for name, (taken, refused) in found.items() if name in LISTINGS
    } == LISTINGS
    rest = {name: refused for name, (taken, refused) in found.items() if name not in LISTINGS}
    assert set(rest) == set(NO_LISTINGS)
    for name, refused in rest.items():
        assert [(item.position, item.reason.startswith(NO_LISTINGS[name])) for item in refused] == [(0, True)], name
    assert {name: count(folder / name) for name in LISTINGS} == {name: sum(both) for name, both in LISTINGS.items()}


def test_read_as_a_folder_each_document_is_taken_once() -> None:
    taken, refused = items(shared_data(OPS) / "current")
    ids = [item.record.provenance.source_id for item in taken if item.record.provenance]
    assert ids == ["EP1000000A1", "EP1000000B1", "US2006142694A1", "AU2013290010A1", "US2012116137A1"]
    assert len(refused) == 2 + 2 + len(NO_LISTINGS)  # without a title, met before, no listings
    assert list(read(shared_data(OPS) / "current")) == list(read(shared_data(OPS) / "current"))


PAIRS = [
    ("published_test_full_cycle_example.xml", "published_test_expected_biblio_example_3.json"),
    ("published_fixtures_ep1000000_full_cycle_result.xml", "published_test_expected_biblio_example_3.json"),
    ("published_test_biblio_example_4.xml", "published_test_expected_biblio_example_4.json"),
]


@pytest.mark.parametrize(("name", "expected"), PAIRS)
def test_records_agree_with_the_parsed_expectations(name: str, expected: str) -> None:
    wanted = json.loads((shared_data(OPS) / "expected" / expected).read_text(encoding="utf-8"))["documents"]
    taken, refused = items(shared_data(OPS) / "current" / name)

    assert refused == []
    assert [_seen(item.record) for item in taken] == [_wanted(document) for document in wanted]
    for item, document in zip(taken, wanted, strict=True):
        assert item.record.organisation is not None
        assert item.record.organisation.name in document["applicants_original"]
        epodoc = [text.rpartition("[")[2].rstrip("]") for text in document["applicants_epodoc"]]
        assert item.record.organisation.country in epodoc


def _seen(record: ListingRecord) -> dict[str, object]:
    assert record.provenance is not None
    return {
        "publication_number": record.provenance.source_id,
        "titles": {text.language: text.title for text in record.texts},
        "abstract": next((text.description for text in record.texts if text.description), None),
        "ipc": record.ipc,
        "filed": str(record.patents[0].filed),
        "published": str(record.dated),
    }


def _wanted(document: dict[str, Any]) -> dict[str, object]:
    return {
        "publication_number": document["publication_number"],
        "titles": {title["lang"]: title["text"] for title in document["titles"]},
        "abstract": document.get("abstract"),
        "ipc": tuple(_symbol(text) for text in document["intl_class"]),
        "filed": document["application_reference_epodoc"]["date"],
        "published": document["publication_reference_docdb"]["date"],
    }


def _symbol(text: str) -> str:
    """The parsed expectations write "B28B 1/ 29 A I" and "B28B 1/29"."""
    return "".join(text.split()).removesuffix("AI")


@pytest.mark.parametrize(
    "name", ["published_test_expected_biblio_example_3.json", "published_test_expected_biblio_example_4.json"]
)
def test_cpc_agrees_with_the_parsed_expectations(name: str) -> None:
    source = next(xml for xml, expected in PAIRS if expected == name)
    wanted = json.loads((shared_data(OPS) / "expected" / name).read_text(encoding="utf-8"))["documents"]
    taken, _ = items(shared_data(OPS) / "current" / source)
    assert [item.record.cpc for item in taken] == [
        tuple(dict.fromkeys(_symbol(text) for text in document["cpc_class"])) for document in wanted
    ]


def test_persons_who_apply_for_their_own_inventions_are_passed_over() -> None:
    (item,), _ = items(shared_data(OPS) / "current/published_test_biblio_example_4.xml")
    assert item.record.organisation == OrganisationRecord(name="PRIMUS GREEN ENERGY INC", type="company", country="US")


def test_a_docdb_document_with_several_languages(tmp_path: Path) -> None:
    document = docdb_document(
        kind="B1",
        titles='<exch:invention-title lang="de">Solardestille</exch:invention-title>'
        '<exch:invention-title lang="en">Solar still</exch:invention-title>',
        abstracts='<exch:abstract lang="fr"><exch:p>Un distillateur.</exch:p><exch:p>Sans moteur.</exch:p>'
        "</exch:abstract>"
        '<exch:abstract lang="ol"><exch:p>Eine Destille.</exch:p></exch:abstract>'
        '<exch:abstract lang="en"><exch:p/></exch:abstract>',
        more="<exch:language-of-publication>de</exch:language-of-publication>",
        parties='<exch:applicants><exch:applicant sequence="1" data-format="docdb"><exch:applicant-name>'
        "<name>EXAMPLE AG</name></exch:applicant-name><residence><country>CH</country></residence></exch:applicant>"
        '<exch:applicant sequence="1" data-format="docdba"><exch:applicant-name><name>Example AG,</name>'
        "</exch:applicant-name></exch:applicant></exch:applicants>",
    )
    (item,), refused = items(write(tmp_path / "docdb.xml", docdb([document])))

    assert refused == []
    texts = {text.language: (text.title, text.description) for text in item.record.texts}
    assert list(texts.items()) == [
        ("de", ("Solardestille", "")),
        ("fr", ("Solar still", "Un distillateur.\n\nSans moteur.")),
        ("und", ("Solar still", "Eine Destille.")),
        ("en", ("Solar still", "")),
    ]
    assert item.record.patents == (
        PatentRecord(office="EP", number="3000001", kind_code="B1", status="granted", filed=date(2014, 9, 1)),
    )
    assert (item.record.ipc, item.record.cpc) == (("C02F1/14",), ("Y02A20/124",))
    assert item.record.organisation == OrganisationRecord(name="Example AG", type="company", country="CH")


def test_many_documents_and_their_faults(tmp_path: Path) -> None:
    documents = [
        docdb_document("1"),
        docdb_document("2", attributes='status="D"'),
        docdb_document("3", titles=""),
        docdb_document("4").replace('doc-number="4"', ""),
        docdb_document("5"),
    ]
    taken, refused = items(write(tmp_path / "docdb.xml", docdb(documents)))

    assert [(item.position, item.record.patents[0].number) for item in taken] == [(1, "1"), (5, "5")]
    assert [(item.position, item.column) for item in refused] == [(2, "status"), (3, "title"), (4, "number")]
    assert refused[0].line == 3 + documents[0].count("\n")


def test_documents_before_a_break_are_kept(tmp_path: Path) -> None:
    whole = docdb([docdb_document("1"), docdb_document("2"), docdb_document("3")])
    path = write(tmp_path / "docdb.xml", whole[: whole.index('doc-number="3"') + 400])

    taken, refused = items(path)

    assert [item.record.patents[0].number for item in taken] == ["1", "2"]
    assert [(item.position, item.reason.startswith("ends in the middle")) for item in refused] == [(3, True)]


@pytest.mark.parametrize(
    ("country", "kind", "status"),
    [("EP", "A1", "applied"), ("EP", "B1", "granted"), ("US", "A", "granted"), ("JP", "A", "applied"),
     ("US", "P1", "applied"), ("CN", "U", "granted"), ("DE", "C2", "granted"),
     ("ES", "T3", "granted"), ("WO", "A2", "applied")],
)  # fmt: skip
def test_kind_codes_tell_whether_a_right_was_granted(country: str, kind: str, status: str, tmp_path: Path) -> None:
    (item,), _ = items(write(tmp_path / "docdb.xml", docdb([docdb_document(country=country, kind=kind)])))
    assert item.record.ip_status == status


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    content = docdb([docdb_document("1"), docdb_document("2")])
    found = [item.line for item in read(write(tmp_path / "docdb.xml", content)) if isinstance(item, Parsed)]
    lines = content.split("\n")
    assert [lines[line - 1].split()[0] for line in found if line] == ["<exch:exchange-document"] * 2
