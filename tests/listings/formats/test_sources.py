"""CORDIS, NASA TechPort and OpenSustain."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.data import shared_data
from verdure.listings import taxonomy
from verdure.listings.formats import canonical, count, detect
from verdure.listings.formats.classify import _topics
from verdure.listings.formats.cordis import record as cordis_record
from verdure.listings.formats.json_lines import Fields
from verdure.listings.formats.nasa import record as nasa_record
from verdure.listings.formats.opensustain import record as opensustain_record
from verdure.listings.records import ListingRecord, OrganisationRecord, ProvenanceRecord, RecordError

from .make import items, write

CORDIS = {
    "id": "100001",
    "rcn": "5",
    "acronym": "BLADES",
    "title": "Used  blades &amp; what becomes of them",
    "objective": "Blades are buried today. We grind them.",
    "topics": ["LC-BAT-2-2019", "FCH-01-5-2017"],
    "totalCost": "71429.0",
    "coordinator": "EXAMPLE APS",
    "coordinatorCountry": "UK",
    "participantCountries": ["EL", "DK", "XX"],
    "projectUrl": "www.blades.example  http://other.example",
    "startDate": "2019-12-01",
}


def cordis(**changes: Any) -> str:
    return json.dumps({**CORDIS, **changes}) + "\n"


# Of the 478 CORDIS projects that entered a website, one entered "http://n.a.".
@pytest.mark.parametrize(
    ("name", "number", "kept"),
    [
        (
            "cordis-cleantech/projects.jsonl",
            815,
            {"organisation": 815, "developed_in": 815, "dated": 815, "website": 477},
        ),
        ("opensustain-tech/projects.jsonl", 1313, {"organisation": 842, "website": 1313, "developed_in": 455}),
        ("nasa-techport/projects_slim.jsonl", 378, {"organisation": 43, "readiness": 38, "dated": 49}),
    ],
)
def test_every_published_record_is_taken(name: str, number: int, kept: dict[str, int]) -> None:
    path = shared_data(name)
    taken, refused = items(path)

    assert (len(taken), refused) == (number, [])
    assert count(path) == number
    assert [item.position for item in taken] == list(range(1, number + 1))
    assert {name: sum(bool(getattr(item.record, name)) for item in taken) for name in kept} == kept
    assert all(canonical(item.record) == item.record for item in taken)


@pytest.mark.parametrize(
    "name", ["cordis-cleantech/projects.jsonl", "opensustain-tech/projects.jsonl", "nasa-techport/projects_slim.jsonl"]
)
def test_no_title_is_lost_or_repeated_as_an_id(name: str) -> None:
    path = shared_data(name)
    raw = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    taken, _ = items(path)
    ids = [item.record.provenance.source_id for item in taken if item.record.provenance]
    assert len(set(ids)) == len(raw)
    plain = [row for row in raw if "&" not in str(row)]
    titles = {" ".join((row.get("title") or row["name"]).split()) for row in plain}
    assert titles <= {item.record.texts[0].title for item in taken}


def test_a_cordis_project() -> None:
    record = canonical(cordis_record(Fields(CORDIS)))

    assert record.texts[0].title == "Used blades & what becomes of them"
    assert record.texts[0].keywords == ("BLADES", "LC-BAT-2-2019", "FCH-01-5-2017")
    assert record.organisation == OrganisationRecord(name="EXAMPLE APS", type="company", country="GB")
    assert record.developed_in == ("GB", "GR", "DK")
    assert (record.amount_min, record.amount_max, record.currency) == (Decimal("71429.00"), Decimal("71429.00"), "EUR")
    assert record.website == "http://www.blades.example"
    assert record.dated == date(2019, 12, 1)
    assert record.fields == ("energy.storage.batteries", "energy.hydrogen")
    assert record.provenance == ProvenanceRecord(
        source="cordis",
        source_id="100001",
        url="https://cordis.europa.eu/project/id/100001",
        licence="CC-BY-4.0",
        attribution="© European Union, CORDIS",
    )


def test_cordis_as_csv_gives_the_same_records(tmp_path: Path) -> None:
    header = (
        "id;rcn;acronym;title;objective;topics;totalCost;coordinator;coordinatorCountry;participantCountries;projectUrl;"
        "startDate;fundingScheme"
    )
    row = (
        '100001;5;BLADES;"Used  blades &amp; what becomes of them";"Blades are buried today. We grind them.";'
        '"LC-BAT-2-2019;FCH-01-5-2017";"71429,0";EXAMPLE APS;UK;"EL;DK;XX";www.blades.example;2019-12-01;SME-1'
    )
    path = write(tmp_path / "cordis-h2020projects.csv", f"\ufeff{header}\r\n{row}\r\n")

    taken, refused = items(path)

    assert (detect(path), refused, count(path)) == ("cordis", [], 1)
    assert taken[0].record == canonical(cordis_record(Fields({**CORDIS, "projectUrl": "www.blades.example"})))


@pytest.mark.parametrize(
    ("changes", "column"),
    [({"id": None}, "id"), ({"title": ""}, "title"), ({"totalCost": "much"}, "totalCost"),
     ({"startDate": "soon"}, "startDate"), ({"topics": {"a": 1}}, "topics"), ({"title": ["a"]}, "title"),
     ({"title": "x" * 301}, "title"), ({"totalCost": "-1"}, "amount_min"), ({"totalCost": "1e99"}, "amount_min")],
)  # fmt: skip
def test_a_bad_cordis_record_is_refused_by_its_column(changes: dict[str, Any], column: str, tmp_path: Path) -> None:
    taken, refused = items(write(tmp_path / "p.jsonl", cordis() + cordis(**{"id": "2", **changes})))
    assert (len(taken), [(item.line, item.column) for item in refused]) == (1, [(2, column)])


def test_nasa_texts_are_mended_and_levels_become_readiness() -> None:
    project = {
        "id": "nasa-7",
        "title": "Earth&#x19;s &quot;reflector&quot;",
        "description": "99%&nbsp;of the sky &#x14; &lt;b&gt;all&lt;/b&gt; of it<br>A second line",
        "benefits": "N/A",
        "startTrl": "2",
        "currentTrl": "",
        "endTrl": 6,
        "startDate": "Jul 2013",
        "leadOrganization": "Cornell University",
        "leadCountry": "United States",
        "taxonomy": [["TX13", "Testing"], ["TX14", "Testing"]],
    }
    record = canonical(nasa_record(Fields(project)))

    assert record.texts[0].title == 'Earth’s "reflector"'
    assert record.texts[0].description == "99% of the sky — all of it\nA second line"
    assert (record.texts[0].advantages, record.texts[0].keywords) == ("", ("Testing",))
    assert (record.readiness, record.dated, record.developed_in) == (2, date(2013, 7, 1), ("US",))
    assert record.organisation == OrganisationRecord(name="Cornell University", type="university", country="US")
    assert record.provenance is not None
    assert (record.provenance.source, record.provenance.source_id) == ("nasa-techport", "7")


def test_opensustain_takes_owners_from_the_table_beside_it(tmp_path: Path) -> None:
    project = {"id": "o1", "field": "Renewable Energy", "topic": "Geothermal Energy", "name": "heatlib",
               "url": "https://GitHub.com/Example/HeatLib/", "description": "Models heat."}  # fmt: skip
    path = write(tmp_path / "projects.jsonl", json.dumps(project) + "\n")
    write(
        tmp_path / "organizations.csv",
        "organization_name,organization_projects,location_country,form_of_organization,organization_website\n"
        'Example Lab,"https://github.com/other/x, https://github.com/example/heatlib",Norway ,academia,lab.example\n',
    )

    (item,), refused = items(path)

    assert refused == []
    assert item.record.organisation == OrganisationRecord(
        name="Example Lab", type="university", country="NO", website="https://lab.example"
    )
    assert item.record.fields == ("energy.geothermal",)
    assert item.record.provenance is not None
    assert item.record.provenance.source_id == "github.com/example/heatlib"


def test_topics_lead_to_fields_of_the_taxonomy_only() -> None:
    codes = Counter(
        code for source in ("cordis", "opensustain") for found in _topics(source).values() for code in found
    )
    assert [code for code in codes if not taxonomy.is_field(code)] == []


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["id", "title", "objective", "topics", "totalCost", "coordinator", "coordinatorCountry", "participantCountries",
     "projectUrl", "startDate", "description", "benefits", "currentTrl", "startTrl", "taxonomy", "leadOrganization",
     "leadCountry", "name", "url", "topic", "field", "acronym"]
)  # fmt: skip


@given(st.dictionaries(NAMES, ANYTHING))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_an_object_holds_it_is_taken_or_refused(values: dict[str, Any]) -> None:
    for make in (cordis_record, nasa_record, lambda fields: opensustain_record(fields, {})):
        try:
            record = canonical(make(Fields(values)))
        except RecordError:
            continue
        assert isinstance(record, ListingRecord)
        assert record.texts[0].title
