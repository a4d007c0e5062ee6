from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.data import shared_data
from verdure.listings.formats import count, detect
from verdure.listings.records import OrganisationRecord, PatentRecord, ProvenanceRecord

from .make import items, uspto_grant, write

SAMPLES = "uspto-xml/samples"


def test_a_grant_becomes_a_technology_with_its_patent(tmp_path: Path) -> None:
    taken, refused = items(write(tmp_path / "grant.xml", uspto_grant(title="Still for CO<sub>2</sub>-free water")))

    assert refused == []
    (item,) = taken
    record = item.record
    assert (item.line, item.position, record.kind, record.ip_status) == (3, 1, "technology", "granted")
    (text,) = record.texts
    assert (text.language, text.title) == ("en", "Still for CO2-free water")
    assert text.description == "A still that cleans water with sunlight. It has no moving part."
    assert record.patents == (
        PatentRecord(office="US", number="11000001", kind_code="B2", status="granted", filed=date(2018, 6, 4)),
    )
    assert (record.ipc, record.cpc) == (("C02F1/14",), ("C02F1/14", "Y02A20/124"))
    assert record.fields == ("water.desalination",)
    assert record.organisation == OrganisationRecord(name="Applying Ltd.", type="company", country="GB")
    assert record.dated == date(2021, 5, 11)
    assert record.provenance == ProvenanceRecord(
        source="uspto",
        source_id="US11000001B2",
        url="https://ppubs.uspto.gov/pubwebapp/external.html?q=(11000001).pn.&db=USPAT",
        licence="Public domain (work of the US Government)",
        attribution="United States Patent and Trademark Office",
    )


def test_the_assignee_goes_before_the_applicant(tmp_path: Path) -> None:
    assignee = (
        "<assignees><assignee><addressbook><orgname>Owning University</orgname><address><country>JP</country></address>"
        "</addressbook></assignee></assignees>"
    )
    taken, _ = items(write(tmp_path / "grant.xml", uspto_grant(biblio=assignee)))
    assert taken[0].record.organisation == OrganisationRecord(name="Owning University", type="university", country="JP")


def test_without_an_abstract_the_description_begins_the_text(tmp_path: Path) -> None:
    long = "Many words follow here. " * 200
    taken, _ = items(write(tmp_path / "grant.xml", uspto_grant(abstract="", body=long)))

    text = taken[0].record.texts[0].description
    assert text.startswith("Clean water is scarce. Many words follow here.")
    assert text.endswith("here.")
    assert len(text) <= 2_000


@pytest.mark.parametrize(
    ("number", "kind", "source_id"),
    [("07272630", "B2", "US7272630B2"), ("D0534322", "S1", "USD534322S1"), ("RE045000", "E1", "USRE45000E1")],
)
def test_numbers_lose_the_zeros_that_fill_them_up(number: str, kind: str, source_id: str, tmp_path: Path) -> None:
    taken, _ = items(write(tmp_path / "grant.xml", uspto_grant(number, kind=kind)))
    assert taken[0].record.provenance is not None
    assert taken[0].record.provenance.source_id == source_id


def test_a_weekly_file_gives_one_item_a_document_and_outlives_bad_ones(tmp_path: Path) -> None:
    week = [
        uspto_grant("11000001"),
        uspto_grant("11000002").replace("</us-patent-grant>", ""),
        uspto_grant("11000003"),
        '<?xml version="1.0"?>\n<sequence-cwu id="S1"><table>1</table></sequence-cwu>\n',
        uspto_grant("11000004").replace("<doc-number>11000004</doc-number>", "<doc-number></doc-number>", 1),
        uspto_grant("11000005", title=""),
        uspto_grant("11000001"),
        uspto_grant("11000006"),
    ]
    path = write(tmp_path / "ipg210511.xml", "".join(week))

    taken, refused = items(path)

    assert [item.record.patents[0].number for item in taken] == ["11000001", "11000003", "11000006"]
    assert [item.position for item in taken] == [1, 3, 8]
    assert [(item.position, item.column) for item in refused] == [
        (2, ""),
        (4, ""),
        (5, "number"),
        (6, "title"),
        (7, "source_id"),
    ]
    begins = 1 + week[0].count("\n")
    assert refused[0].reason.startswith(f"The document that begins in line {begins} ")
    assert "<sequence-cwu> is not a patent grant" in refused[1].reason
    assert len(taken) + len(refused) == len(week)
    assert count(path) == 7  # the sequence listing is none of the documents that are counted


def test_declarations_are_found_wherever_the_stream_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "week.xml", "\n " + "".join(uspto_grant(f"1100{n:04}").replace("\n", "") for n in range(5)))
    for size in (1, 2, 5, 6, 7, 100, 1 << 16):
        monkeypatch.setattr("verdure.listings.formats.inputs.CHUNK", size)
        taken, refused = items(path)
        assert (len(taken), refused) == (5, []), size


def test_weekly_files_are_read_inside_their_zip(tmp_path: Path) -> None:
    path = tmp_path / "ipg210511.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ipg210511.xml", uspto_grant("11000001") + uspto_grant("11000002"))
        archive.writestr("readme.txt", "Nothing to list")

    taken, refused = items(path)

    assert detect(path) == "zip"
    assert [item.file for item in taken] == ["ipg210511.zip/ipg210511.xml"] * 2
    assert [(item.file, item.position) for item in refused] == [("ipg210511.zip/readme.txt", 0)]
    assert count(path) == 3


def test_large_parts_that_are_not_needed_are_passed_over(tmp_path: Path) -> None:
    claims = "<claims><claim><claim-text>" + "x " * 3_000_000 + "</claim-text></claim></claims>"
    taken, refused = items(
        write(tmp_path / "grant.xml", uspto_grant().replace("</description>", f"</description>{claims}"))
    )
    assert (len(taken), refused) == (1, [])


def test_the_published_samples() -> None:
    taken, refused = items(shared_data(SAMPLES))

    found = {item.file: item.record for item in taken}
    assert [
        (name, record.texts[0].title, record.ipc, record.patents[0].filed, record.dated)
        for name, record in found.items()
    ] == [
        (
            "xml2004/US06859910.xml",
            "Methods and systems for transactional tunneling",
            ("G06F15/00", "G06F17/00", "G06F17/21", "G06F17/24"),
            date(2001, 4, 10),
            date(2005, 2, 22),
        ),
        (
            "xml2004/US06970935.xml",
            "Conversational networking via transport, coding and control conversational protocols",
            ("G06F15/16",),
            date(2000, 11, 1),
            date(2005, 11, 29),
        ),
        (
            "xml2006/US07272630B2.xml",
            "Locating potentially identical objects across multiple computers based on stochastic partitioning "  # noqa: ISC004
            "of workload",
            ("G06F15/13",),
            date(2004, 11, 18),
            date(2007, 9, 18),
        ),
        (
            "xmlApp2004/US20050004437A1.xml",
            "Simulation device for playful evaluation and display of blood sugar levels",
            ("A61B5/00",),
            date(2004, 4, 23),
            date(2005, 1, 6),
        ),
        ("xmlApp2004/US20050004974A1.xml", "Device model agent", ("G06F15/16",), date(2003, 10, 16), date(2005, 1, 6)),
    ]
    assert [record.provenance and record.provenance.source_id for record in found.values()] == [
        "US6859910B2", "US6970935B1", "US7272630B2", "US20050004437A1", "US20050004974A1",
    ]  # fmt: skip
    assert [
        record.organisation and (record.organisation.name, record.organisation.country) for record in found.values()
    ] == [
        ("Bluestreak.com", ""),
        ("International Business Machines Corporation", "US"),
        ("Microsoft Corporation", "US"),
        None,  # two persons applied
        ("Xerox Corporation", ""),
    ]
    assert all(record.texts[0].description for record in found.values())
    assert [(item.file, item.reason.partition(" ")[0]) for item in refused] == [
        ("cpcMaster/cpcMaster.xml", "holds"),
        ("cpcScheme/cpc-scheme-A01L.xml", "holds"),
        ("pap/US20010000044A1.xml", "<patent-application-publication>"),
        ("pap/US20010000943A1.xml", "<patent-application-publication>"),
        ("pap/US20010009014A1.xml", "<patent-application-publication>"),
    ]
