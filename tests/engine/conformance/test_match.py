"""Which needs and technologies fit, and the reasons that come with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.engine.conformance.backends import Backend, Place, filled
from tests.engine.samples import COLLECTION, BagOfStems, make_need, make_technology
from tests.engine.test_duplicates import PUMP, TITLES_AND_TEXTS
from verdure.engine.match import Reason, Rules, score_of
from verdure.engine.protocol import SearchIndex

TODAY = date(2025, 6, 1)
SOLAR = "A solar pump that lifts water for irrigation on small farms"

technology = make_technology(1, SOLAR, organisation=1)
need = make_need(2, "Solar pump wanted for irrigation of small farms", organisation=2)


@pytest.fixture(scope="module")
def shared_place(backend: Backend) -> Iterator[Place]:
    """For tests that each put the same two documents."""
    place = backend()
    yield place
    place.close()


@pytest.mark.parametrize(
    ("offer", "wish", "expected"),
    [
        ({}, {}, True),
        ({"organisation": 7}, {"organisation": 7}, False),
        ({"organisation": None}, {"organisation": None}, True),
        ({}, {"deadline": TODAY}, True),
        ({}, {"deadline": date(2025, 5, 31)}, False),
        ({"places": ("KE", "UG")}, {"places": ("UG", "RW")}, True),
        ({"places": ("KE",)}, {"places": ("UG",)}, False),
        ({"places": ("KE",)}, {"places": ()}, True),
        ({"places": ("KE",)}, {"country": "UG"}, True),
        ({"places": ()}, {"places": ("UG",)}, True),
        ({"deals": ("licence", "supply")}, {"deals": ("supply",)}, True),
        ({"deals": ("licence",)}, {"deals": ("supply",)}, False),
        ({"deals": ()}, {"deals": ("supply",)}, True),
        ({"deals": ("licence",)}, {"deals": ()}, True),
        ({"readiness": 7}, {"readiness_min": 7}, True),
        ({"readiness": 6}, {"readiness_min": 7}, False),
        ({"readiness": None}, {"readiness_min": 9}, True),
        ({"readiness": 1}, {"readiness_min": None}, True),
        ({"fields": ("energy.wind",)}, {"fields": ("water.supply",)}, True),
        ({"goals": ("1",)}, {"goals": ("2",)}, True),
    ],
)
def test_what_excludes_a_match(
    shared_place: Place, offer: dict[str, Any], wish: dict[str, Any], expected: bool
) -> None:
    """Asked from both sides, which must agree."""
    index = filled(shared_place, replace(technology, **offer), replace(need, **wish), encoder=BagOfStems())
    forward, back = index.matches(2, today=TODAY), index.matches(1, today=TODAY)
    pairs = [(1, 2)] if expected else []
    assert [(m.technology, m.need) for m in forward] == [(m.technology, m.need) for m in back] == pairs


def test_soft_rules_exclude_nothing(shared_place: Place) -> None:
    one = replace(technology, places=("KE",), deals=("licence",), readiness=3)
    other = replace(need, places=("UG",), deals=("supply",), readiness_min=7)
    index = filled(shared_place, one, other, encoder=BagOfStems())
    matches = index.matches(2, today=TODAY, rules=Rules(hard=frozenset()))
    differing = [reason.kind for reason in matches[0].reasons if reason.verdict == "differ"]
    assert differing == ["country", "deal", "readiness"]


def test_a_match_carries_its_reasons(index: SearchIndex) -> None:
    match = index.matches(9, today=TODAY)[0]
    assert (match.technology, match.need) == (1, 9)
    words, meaning, *others = match.reasons
    assert (words.kind, words.verdict, words.shared) == ("words", "agree", ("lift", "pumps", "water"))
    assert (meaning.kind, meaning.verdict) == ("meaning", "differ")
    assert others == [
        Reason(
            kind="field",
            verdict="agree",
            share=1.0,
            shared=("water.irrigation",),
            offered=("energy.solar.pv", "water.irrigation"),
            wanted=("water.irrigation",),
        ),
        Reason(kind="country", verdict="agree", share=1.0, shared=("UG",), offered=("KE", "UG"), wanted=("UG",)),
        Reason(
            kind="deal",
            verdict="agree",
            share=1.0,
            shared=("supply",),
            offered=("licence", "supply"),
            wanted=("supply",),
        ),
        Reason(kind="readiness", verdict="agree", share=1.0, offered=("8",), wanted=("7",)),
        Reason(kind="goal", verdict="agree", share=1.0, shared=("6",), offered=("6", "7"), wanted=("6",)),
        Reason(kind="amount", verdict="unknown"),
    ]
    assert match.parts.field == 1.0
    assert match.parts.amount is None
    assert match.score == pytest.approx(score_of(match.parts))


def test_nothing_matches_a_need_after_its_deadline(index: SearchIndex) -> None:
    assert index.matches(9, today=date(2026, 1, 2)) == ()
    assert [match.need for match in index.matches(1, today=date(2026, 1, 1))] == [9]
    assert index.matches(1, today=date(2026, 1, 2)) == ()


def test_matches_are_of_the_other_kind_and_best_first(place: Place) -> None:
    documents = (
        make_technology(1, "Solar pump for irrigation", fields=("water.irrigation",)),
        make_technology(2, "Solar pump"),
        make_technology(3, "Anaerobic digester for manure"),
        make_need(4, "Solar pump for irrigation wanted", fields=("water.irrigation",)),
        make_need(5, "Solar pump for irrigation needed now"),
    )
    index = filled(place, *documents, encoder=BagOfStems())
    assert [m.technology for m in index.matches(4, today=TODAY)] == [1, 2]
    assert [m.need for m in index.matches(1, today=TODAY)] == [4, 5]
    assert [m.technology for m in index.matches(4, today=TODAY, limit=1)] == [1]
    assert index.matches(999, today=TODAY) == ()


def test_a_document_that_is_not_indexed_is_matched(place: Place) -> None:
    index = filled(place, technology, encoder=BagOfStems())
    matches = index.matches(need, today=TODAY)
    assert [m.technology for m in matches] == [1]
    assert matches[0].reasons[1].verdict == "agree"


def test_a_document_that_differs_from_the_indexed_one_is_matched_as_it_is_now(place: Place) -> None:
    index = filled(place, technology, make_need(2, "An anaerobic digester", organisation=2), encoder=BagOfStems())
    assert index.matches(2, today=TODAY) == ()
    assert [m.technology for m in index.matches(need, today=TODAY)] == [1]


def test_a_common_field_is_enough_across_languages(place: Place) -> None:
    foreign = make_technology(1, "灌溉用太阳能水泵", language="zh", fields=("water.irrigation",), organisation=1)
    index = filled(place, foreign, replace(need, fields=("water.irrigation",)), encoder=BagOfStems())
    match = index.matches(2, today=TODAY)[0]
    assert [(reason.kind, reason.verdict) for reason in match.reasons[:3]] == [
        ("words", "differ"),
        ("meaning", "differ"),
        ("field", "agree"),
    ]


def test_matches_without_an_encoder_go_by_words(place: Place) -> None:
    index = filled(place, *COLLECTION)
    matches = index.matches(9, today=TODAY)
    assert matches[0].technology == 1
    assert matches[0].parts.meaning is None
    assert matches[0].reasons[1] == Reason(kind="meaning", verdict="unknown")


def test_a_score_depends_little_on_the_other_candidates(place: Place) -> None:
    index = filled(place, technology, need, encoder=BagOfStems())
    (alone,) = index.matches(2, today=TODAY)
    filled(place, *(make_technology(n, f"Wind rotor number {n}") for n in range(10, 40)), encoder=BagOfStems())
    among = next(match for match in index.matches(2, today=TODAY) if match.technology == 1)
    assert among.score == pytest.approx(alone.score, abs=0.08)


def test_a_match_carries_what_is_nearly_the_same(place: Place) -> None:
    documents = [make_technology(number, title, text) for number, (title, text) in TITLES_AND_TEXTS.items()]
    need = make_need(9, "Photovoltaic pump wanted", PUMP[:110])
    index = filled(place, *documents, need, encoder=BagOfStems())

    found = index.matches(9, today=date(2025, 6, 1))
    best = found[0]
    assert {best.technology, *(match.technology for match in best.duplicates)} == {3, 5}
    assert best.score >= best.duplicates[0].score
    assert best.duplicates[0].reasons[0].shared == best.reasons[0].shared
    assert [match.technology for match in found if match.technology in (3, 5)] == [best.technology]
    assert len(index.matches(9, today=date(2025, 6, 1), limit=1)) == 1
    assert [sorted(index.like(one, [1, 2, 3, 4, 5, 6, 9, 77])) for one in (1, 3, 6, 77)] == [[2, 4], [5], [], []]
