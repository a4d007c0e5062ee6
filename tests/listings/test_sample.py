"""The sample collection is the first thing a new user sees: every line of it is checked as a member's own would be."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from verdure.accounts.models import Organisation
from verdure.core import places
from verdure.listings import checks, records, taxonomy

FOLDER = Path(records.__file__).with_name("data") / "sample"
ORGANISATIONS = "organisations.jsonl"
LISTINGS = sorted(path.name for path in FOLDER.glob("*.jsonl") if path.name != ORGANISATIONS)
FULL_STOP = re.compile(r"[.。؟!?…]$")


def lines(name: str) -> list[Any]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def organisations() -> list[records.OrganisationRecord]:
    return [records.OrganisationRecord(**line) for line in lines(ORGANISATIONS)]


def collection(kind: str = "") -> list[records.ListingRecord]:
    read = (records.from_json(line) for name in LISTINGS for line in lines(name))
    return [record for record in read if not kind or record.kind == kind]


def source_id(record: records.ListingRecord) -> str:
    assert record.provenance is not None
    return record.provenance.source_id


@pytest.mark.parametrize("name", LISTINGS)
def test_sample_lines_are_written_as_export_writes_them(name: str) -> None:
    changed = [n for n, line in enumerate(lines(name), 1) if records.to_json(records.from_json(line)) != line]
    assert changed == []


def test_sample_has_the_size_of_a_small_catalogue() -> None:
    assert 140 <= len(collection("technology")) <= 160
    assert 55 <= len(collection("need")) <= 65


def test_sample_organisations_are_many_and_from_all_over_the_world() -> None:
    countries = {item.country for item in organisations()}
    assert len(organisations()) >= 38
    assert len({item.name for item in organisations()}) == len(organisations())
    assert len(countries) >= 25
    assert [code for code in countries if not places.is_place(code)] == []
    for continent in ("002", "019", "142", "150", "009"):
        assert countries & places.expand([continent]), continent


def test_sample_organisations_have_known_types_and_sizes_and_reserved_addresses() -> None:
    for item in organisations():
        assert item.type in Organisation.Type.values, item.name
        assert item.size in Organisation.Size.values, item.name
        assert re.fullmatch(r"https://[a-z0-9-]+\.example", item.website), item.name
        assert item.description, item.name


def test_sample_listings_hold_nothing_that_would_be_refused_or_is_missing() -> None:
    found = [(source_id(r), p) for r in collection() for p in (*checks.problems(r), *checks.missing(r))]
    assert found == []


def test_sample_listings_belong_to_organisations_of_the_sample() -> None:
    known = {item.name for item in organisations()}
    assert {r.organisation.name for r in collection() if r.organisation} - known == set()
    assert [source_id(r) for r in collection() if r.organisation is None] == []


def test_sample_listings_say_where_they_come_from() -> None:
    assert {(r.provenance.source, r.provenance.licence) for r in collection() if r.provenance} == {
        ("sample", "CC0-1.0")
    }
    assert [known for known, times in Counter(map(source_id, collection())).items() if times > 1] == []


def test_sample_codes_are_known_and_normal() -> None:
    for record in collection():
        assert 1 <= len(record.fields) <= 3, source_id(record)
        assert [code for code in record.fields if not taxonomy.is_field(code)] == [], source_id(record)
        assert len(set(record.fields)) == len(record.fields), source_id(record)
        symbols = (*record.ipc, *record.cpc)
        assert [code for code in symbols if taxonomy.normalise_symbol(code) != code] == [], source_id(record)


def test_sample_covers_every_top_field_and_readiness_from_idea_to_market() -> None:
    used = {code.partition(".")[0] for record in collection() for code in record.fields}
    assert used == {item.code for item in taxonomy.children()}
    assert {r.readiness for r in collection("technology")} >= {3, 4, 5, 6, 7, 8, 9}


def test_sample_is_dated_within_its_year_and_patents_are_plainly_samples() -> None:
    for record in collection():
        assert record.dated is not None, source_id(record)
        assert date(2026, 1, 5) <= record.dated <= date(2026, 11, 20), source_id(record)
        assert [p.number for p in record.patents if not p.number.startswith("SAMPLE-")] == [], source_id(record)
    numbers = Counter((p.office, p.number) for record in collection() for p in record.patents)
    assert [number for number, times in numbers.items() if times > 1] == []


def test_sample_is_written_in_six_languages() -> None:
    originals = Counter(record.texts[0].language for record in collection())
    assert originals.keys() >= {"en", "fr", "es", "ja", "zh", "ar"}
    assert all(originals[language] >= 4 for language in ("fr", "es", "ja", "zh", "ar")), originals
    for record in collection():
        for text in record.texts[1:]:
            assert text.made_from == record.texts[0].language, source_id(record)


def test_sample_titles_and_texts_are_all_different() -> None:
    texts = [text for record in collection() for text in record.texts]
    for name in ("title", "summary", "description", "problem"):
        values = Counter(getattr(text, name).casefold() for text in texts if getattr(text, name))
        assert [value for value, times in values.items() if times > 1] == []


def sentences(record: records.ListingRecord) -> Iterator[str]:
    text = record.texts[0]
    for part in (text.summary, text.description, text.problem, text.context, text.specification, text.comparison):
        yield from {s.strip() for s in re.split(r"(?<=[.。])\s*", part) if len(s) > 40}


def test_sample_has_no_boilerplate_sentence() -> None:
    times = Counter(sentence for record in collection() for sentence in sentences(record))
    assert [sentence for sentence, n in times.items() if n > 1] == []


def test_sample_titles_and_summaries_are_short_and_descriptions_are_substantial() -> None:
    for record in collection():
        for text in record.texts:
            assert len(text.title) <= 100, source_id(record)
            assert not text.title.endswith("."), source_id(record)
            assert 20 <= len(text.summary) <= 300, source_id(record)
            assert FULL_STOP.search(text.summary), source_id(record)
    for record in collection("technology"):
        text = record.texts[0]
        if text.language in ("ja", "zh"):  # written without spaces between words
            assert 260 <= len(text.description) <= 700, source_id(record)
        else:
            assert 95 <= len(text.description.split()) <= 240, source_id(record)


def test_sample_technologies_carry_numbers_with_their_conditions() -> None:
    for record in collection("technology"):
        assert 1 <= len(record.claims) <= 3, source_id(record)
        assert [c.metric for c in record.claims if not (c.conditions and c.source)] == [], source_id(record)


def test_sample_names_no_person_by_mail_and_points_to_no_real_site() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.jsonl"))
    assert re.findall(r"[\w.+-]+@[\w-]+\.\w+", everything) == []
    assert [site for site in re.findall(r"https?://[^\s\"]+", everything) if not site.endswith(".example")] == []
