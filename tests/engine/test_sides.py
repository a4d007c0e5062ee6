from __future__ import annotations

from datetime import date

import numpy as np

from tests.engine.samples import make_need, make_technology, make_text
from verdure.engine.documents import AmountRange, Document
from verdure.engine.index import query_of
from verdure.engine.rows_writer import stem_digest
from verdure.engine.sides import NOWHERE, Numbers, Ragged, Side, side_of
from verdure.engine.text import forms


def one(document: Document) -> tuple[Side, list[str]]:
    numbers = Numbers()
    return side_of([document], np.zeros((1, 0), np.float32), numbers), numbers.values


def values(column: Ragged | None, names: list[str]) -> list[str]:
    assert column is not None
    return [names[number] for number in column.values.tolist()]


def test_terms_are_the_stems_that_the_document_asks_with() -> None:
    document = make_need(1, "The pumps and the pump", "pumps lift water")
    side, _ = one(document)
    asked = {stem: int(word.weight) for word in query_of(document).words for stem in word.stems}
    found = dict(zip(side.terms.terms.tolist(), side.terms.counts.tolist(), strict=True))
    assert found.keys() == {stem_digest(stem) for stem in asked}
    assert found[stem_digest("pump")] == 3
    assert stem_digest("the") not in found


def test_the_length_counts_every_word() -> None:
    document = make_need(1, "The pumps and the pump", "pumps lift water")
    assert one(document)[0].terms.lengths.tolist() == [len(forms("The pumps and the pump pumps lift water", "en")[1])]


def test_several_versions_are_one_text_as_long_as_the_longest() -> None:
    texts = (make_text("Solar pump"), make_text("Pompe solaire pour champs", language="fr"))
    side, _ = one(make_technology(1, texts=texts))
    assert {stem_digest("pump"), stem_digest("pomp")} <= set(side.terms.terms.tolist())
    assert side.terms.lengths.tolist() == [4]


def test_a_count_stops_at_255() -> None:
    side, _ = one(make_technology(1, "pump " * 300))
    assert side.terms.counts.tolist() == [255]


def test_a_technology_gives_its_level_and_a_need_the_least_it_accepts() -> None:
    assert one(make_technology(1, readiness=7, readiness_min=2))[0].readiness.tolist() == [7]
    assert one(make_need(1, readiness=7, readiness_min=2))[0].readiness.tolist() == [2]
    assert one(make_need(1))[0].readiness.tolist() == [0]


def test_what_was_said_and_what_was_not() -> None:
    said, names = one(
        make_need(
            9,
            organisation=4,
            country="KE",
            places=("UG", "KE"),
            fields=("energy.solar",),
            goals=("6",),
            deals=("supply",),
            deadline=date(2026, 1, 1),
            amount=AmountRange(high=5.0, currency="EUR"),
        )
    )
    assert [values(column, names) for column in (said.places, said.fields, said.goals, said.deals)] == [
        ["UG", "KE"],
        ["energy.solar"],
        ["6"],
        ["supply"],
    ]
    assert said.home is not None
    assert said.amounts is not None
    assert (said.ids.tolist(), said.organisation.tolist(), names[said.home[0]]) == ([9], [4], "KE")
    assert said.deadline.tolist() == [date(2026, 1, 1).toordinal()]
    assert (np.isnan(said.amounts.low[0]), said.amounts.high[0], names[said.amounts.currency[0]]) == (True, 5.0, "EUR")

    unsaid, _ = one(make_need(9))
    assert unsaid.home is not None
    assert unsaid.amounts is not None
    assert unsaid.organisation.tolist() == [-1]
    assert (unsaid.home.tolist(), unsaid.amounts.currency.tolist(), unsaid.deadline.tolist()) == (
        [NOWHERE],
        [NOWHERE],
        [0],
    )
    assert len(unsaid.places.values) == 0
