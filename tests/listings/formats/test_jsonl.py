from __future__ import annotations

from pathlib import Path

import pytest

from verdure.listings.formats import canonical, count, detect, read
from verdure.listings.records import ListingRecord, ProvenanceRecord, TextRecord

from .make import items, write

OWN = '{"kind": "technology", "texts": [{"language": "en", "title": "Still"}]}'


def test_an_own_record(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", f"{OWN}\n\n  \n{OWN.replace('Still', 'Mill')}")
    taken, refused = items(path)
    assert (detect(path), count(path), refused) == ("jsonl", 2, [])
    assert [(item.record, item.line, item.position) for item in taken] == [
        (ListingRecord(kind="technology", texts=(TextRecord(language="en", title="Still"),)), 1, 1),
        (ListingRecord(kind="technology", texts=(TextRecord(language="en", title="Mill"),)), 4, 2),
    ]


def test_texts_of_own_records_are_taken_as_they_stand(tmp_path: Path) -> None:
    (item,), _ = items(write(tmp_path / "own.jsonl", OWN.replace("Still", "<b>x</b> &amp; 5 < 6")))
    assert item.record.texts[0].title == "<b>x</b> &amp; 5 < 6"


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("{", "", "is not valid JSON"),
        ("[1]", "", "is not a JSON object"),
        ('"text"', "", "is not a JSON object"),
        ("[" * 100_000, "", "is nested too deeply"),
        (OWN.replace('"Still"', "5"), "texts[0].title", "must be text"),
        (OWN.replace('"Still"', '""'), "title", "is missing"),
        (OWN.replace('"Still"', f'"{"x" * 10_000}"'), "title", "is 10,000 characters long; at most 300 are kept"),
        (OWN.replace("technology", "idea"), "kind", "“idea” is not known here"),
        (OWN.replace('"kind"', '"readiness": NaN, "kind"'), "", "is not valid JSON: NaN"),
        (OWN.replace('"kind"', '"colour": "red", "kind"'), "colour", "is not a field"),
        (OWN.replace('"kind"', '"readiness": 10, "kind"'), "readiness", "10 is not a level"),
        (OWN.replace('"kind"', '"goals": [18], "kind"'), "goals", "18 is not one of the goals"),
        (OWN.replace('"kind"', '"fields": ["x"], "kind"'), "fields", "“x” is not a field"),
        (OWN.replace('"kind"', '"places": ["ZZ"], "kind"'), "places", "“ZZ” is not a country"),
        (OWN.replace('"kind"', '"deadline": "2030-01-01", "kind"'), "deadline", "does not belong to a technology"),
        (OWN.replace('"kind"', '"deadline": "01.2030", "kind"'), "deadline", "'01.2030' is not a date"),
        (OWN.replace('"kind"', '"website": "javascript:alert(1)", "kind"'), "website", "is not a web address"),
        (OWN.replace('"kind"', '"amount_max": "5", "kind"'), "currency", "is missing"),
        (
            OWN.replace('"kind"', '"amount_max": "1E+999999999", "currency": "EUR", "kind"'),
            "amount_max",
            "has more than 16",
        ),
        (OWN.replace('"kind"', '"amount_max": "-5", "currency": "EUR", "kind"'), "amount_max", "is less than zero"),
        (
            OWN.replace('"kind"', '"amount_max": "5.005", "currency": "EUR", "kind"'),
            "amount_max",
            "has more than 2 digits",
        ),
        (OWN.replace('"kind"', '"amount_max": "5", "currency": "XXY", "kind"'), "currency", "“XXY” is not"),
    ],
)
def test_a_bad_line_is_refused_and_the_next_taken(line: str, column: str, reason: str, tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", f"{OWN}\n{line}\n{OWN.replace('Still', 'Mill')}\n")
    taken, refused = items(path)
    assert [item.line for item in taken] == [1, 3]
    ((found),) = refused
    assert (found.file, found.line, found.column, found.position) == ("own.jsonl", 2, column, 2)
    assert reason in found.reason
    assert found.raw == (line + "\n")[:500]


def test_objects_of_others_are_read_as_rows(tmp_path: Path) -> None:
    content = (
        '{"ID": 7, "Name": "Dry toilet", "Description": "It <b>separates</b> urine &amp; saves water. It is cheap.",'
        ' "Tags": ["toilet", "water"], "TRL": 8, "Country": "Kenya", "Company": "Example Ltd", "extra": {"a": 1}}\n'
        '{"ID": 8, "Description": "no name"}\n'
    )
    path = write(tmp_path / "some tech.jsonl", content)
    (item,), refused = items(path, licence="CC0-1.0")

    assert [(found.line, found.column) for found in refused] == [(2, "title")]
    record = item.record
    text = record.texts[0]
    assert (text.title, text.description) == ("Dry toilet", "It separates urine & saves water. It is cheap.")
    assert (text.summary, text.keywords) == (text.description, ("toilet", "water"))
    assert (record.readiness, record.organisation and record.organisation.country) == (8, "KE")
    assert record.provenance == ProvenanceRecord(source="some-tech", source_id="7", licence="CC0-1.0")


def test_a_mapping_says_what_the_names_mean(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"bezeichnung": "Trockentoilette", "name": "internal"}\n')
    (item,), refused = items(path, mapping={"bezeichnung": "title"}, language="de", kind="need", source="mine")
    assert refused == []
    assert (item.record.kind, item.record.texts) == ("need", (TextRecord(language="de", title="Trockentoilette"),))
    assert item.record.provenance is not None
    assert item.record.provenance.source == "mine"
    assert item.record.provenance.source_id.startswith("made-")


def test_made_ids_stay_the_same_and_tell_repetitions(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"title": "A  b"}\n{"title": "a B"}\n{"title": "c"}\n')
    first, second = list(read(path, source="s")), list(read(path, source="s"))
    assert first == second
    taken, refused = items(path, source="s")
    assert ([item.line for item in taken], [(item.line, item.column) for item in refused]) == ([1, 3], [(2, "title")])
    assert "x.jsonl, 1" in refused[0].reason


@pytest.mark.parametrize("kind", ["need", "technology"])
def test_as_another_kind_what_does_not_belong_to_it_is_left_out(kind: str, tmp_path: Path) -> None:
    line = OWN.replace('"kind"', '"readiness": 5, "ip_status": "applied", "goals": [3], "kind"')
    (item,), refused = items(write(tmp_path / "own.jsonl", line), kind=kind)
    assert refused == []
    assert (item.record.kind, item.record.readiness, item.record.goals) == (
        kind,
        5 if kind == "technology" else None,
        (3,),
    )
    assert canonical(item.record) == item.record
