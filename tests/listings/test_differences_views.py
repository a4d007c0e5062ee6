"""What changed, word by word, under names that a person reads."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from tests.make import make_submitted, owner_of, technology_record
from verdure.listings import actions
from verdure.listings.differences import LABELS, UNSHOWN, between, between_records, compared, differences, label
from verdure.listings.records import ClaimRecord, ListingRecord, PatentRecord, TextRecord, to_json

from .written import NEED, TECHNOLOGY


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("", "", ()),
        ("same", "same", (("same", "same"),)),
        ("", "new words", (("added", "new words"),)),
        ("old words", "", (("removed", "old words"),)),
        ("a b c", "a x c", (("same", "a"), ("removed", " b"), ("added", " x"), ("same", " c"))),
        ("a b", "a b and more", (("same", "a b"), ("added", " and more"))),
        ("水を作る", "湯を作る", (("removed", "水"), ("added", "湯"), ("same", "を作る"))),
        ("one, two", "one, two, three", (("same", "one, two"), ("added", ", three"))),
        ("one\ntwo", "one\n\ntwo", (("same", "one"), ("removed", "\ntwo"), ("added", "\n\ntwo"))),
    ],
)
def test_texts_are_compared_by_words(old: str, new: str, parts: object) -> None:
    assert compared(old, new) == parts


def test_both_texts_can_be_put_together_again_from_the_parts() -> None:
    old, new = TECHNOLOGY.texts[0].description + " Fin.\n", NEED.texts[0].problem
    parts = compared(old, new)
    assert "".join(text for tag, text in parts if tag != "added") == old
    assert "".join(text for tag, text in parts if tag != "removed") == new


def test_long_texts_are_compared_by_lines() -> None:
    """A text of 50 000 letters against another must not take minutes."""
    lines = [f"word {n} and {n * 7}\n" for n in range(2500)]
    changed = [*lines[:1200], "another line\n", *lines[1201:]]
    assert compared("".join(lines), "".join(changed)) == (
        ("same", "".join(lines[:1200])),
        ("removed", lines[1200]),
        ("added", "another line\n"),
        ("same", "".join(lines[1201:])),
    )


def test_every_field_of_a_record_has_a_name_for_people() -> None:
    fields = {f.name for kind in (ListingRecord, TextRecord) for f in dataclasses.fields(kind)}
    assert fields - LABELS.keys() - set(UNSHOWN) == {"made_from"}


def test_differences_are_told_in_words_not_in_codes() -> None:
    before = technology_record(fields=(), deals=(), readiness=None, ip_status="")
    after = technology_record(
        fields=("water.desalination",), deals=("supply", "joint_venture"), readiness=9, ip_status="granted", goals=(6,),
        places=("KE", "002"), amount_min=Decimal("1200.5"), currency="EUR",
        patents=(PatentRecord(office="EP", number="12", kind_code="B1", status="granted", expires=date(2040, 1, 2)),),
        claims=(ClaimRecord(metric="yield", unit="l", value=Decimal(4), baseline=Decimal(2), source="own test"),),
    )  # fmt: skip
    assert {item.label: item.parts for item in between_records(before, after)} == {
        name: (("added", text),)
        for name, text in {
            "Fields": "Desalination",
            "Ways to deal": "product or service supply, joint venture",
            "Readiness": "TRL 9, on the market",
            "Protection": "patent granted",
            "Sustainable Development Goals": "6 Clean water and sanitation",
            "Where": "Kenya, Africa",
            "Amount, from": "1200.5",
            "Currency": "EUR",
            "Patents": "EP 12 B1, granted, 2040-01-02",
            "Numbers": "yield: 4 l; before 2; own test",
        }.items()
    }


def test_versions_are_compared_each_with_itself() -> None:
    first, second, third = TECHNOLOGY.texts
    changed = dataclasses.replace(TECHNOLOGY, texts=(first, dataclasses.replace(second, title="Sun still"), third))
    assert [(item.label, item.parts) for item in between_records(TECHNOLOGY, changed)] == [
        ("Title (English)", (("removed", "Solar"), ("added", "Sun"), ("same", " still")))
    ]
    fewer = dataclasses.replace(TECHNOLOGY, texts=(first, second))
    assert [(item.label, item.parts) for item in between_records(TECHNOLOGY, fewer)] == [
        ("Title (العربية)", (("removed", "مقطر شمسي"),)),
        ("Keywords (العربية)", (("removed", "ماء"),)),
        ("Who wrote it (العربية)", (("removed", "a person"),)),
    ]


def test_names_follow_the_reader() -> None:
    assert label("fr.title") == "Title (Français)"
    with translation.override("fr"):
        places = between_records(technology_record(), technology_record(places=("DE",)))
    assert places[0].parts == (("added", "Allemagne"),)


def test_record_equals_itself() -> None:
    for record in (TECHNOLOGY, NEED):
        assert between(to_json(record), to_json(record)) == ()


@pytest.mark.django_db
def test_listing_that_was_handed_in_once_has_no_differences() -> None:
    listing = make_submitted()
    assert differences(listing) == ()
    assert listing.organisation is not None
    by = owner_of(listing.organisation)
    actions.withdraw(listing, by=by)
    actions.reopen(listing, by=by)
    actions.submit(listing, by=by)
    assert differences(listing) == ()  # handed in again as it was
