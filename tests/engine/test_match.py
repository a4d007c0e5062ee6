from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.engine.samples import COLLECTION, BagOfStems, make_index, make_need, make_technology
from verdure.engine.documents import AmountRange, Document
from verdure.engine.match import (
    RULES,
    Match,
    MatchParts,
    Reason,
    ReasonKind,
    Rules,
    amount_reason,
    country_reason,
    field_reason,
    readiness_reason,
    score_of,
)

TODAY = date(2025, 6, 1)
SOLAR = "A solar pump that lifts water for irrigation on small farms"

technology = make_technology(1, SOLAR, organisation=1)
need = make_need(2, "Solar pump wanted for irrigation of small farms", organisation=2)


def fits(folder: Path, offer: dict[str, Any], wish: dict[str, Any], *, today: date = TODAY) -> bool:
    """Whether the pair above matches when it also says this; asked from both sides, which must agree."""
    one, other = replace(technology, **offer), replace(need, **wish)
    index = make_index(folder, one, other, encoder=BagOfStems())
    forward, back = index.matches(2, today=today), index.matches(1, today=today)
    assert [(m.technology, m.need) for m in forward] == [(m.technology, m.need) for m in back]
    return bool(forward)


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
def test_what_excludes_a_match(tmp_path: Path, offer: dict[str, Any], wish: dict[str, Any], expected: bool) -> None:
    assert fits(tmp_path, offer, wish) == expected


def test_soft_rules_exclude_nothing(tmp_path: Path) -> None:
    one = replace(technology, places=("KE",), deals=("licence",), readiness=3)
    other = replace(need, places=("UG",), deals=("supply",), readiness_min=7)
    index = make_index(tmp_path, one, other, encoder=BagOfStems())
    matches = index.matches(2, today=TODAY, rules=Rules(hard=frozenset()))
    assert [reason.kind for reason in matches[0].reasons if reason.verdict == "differ"] == [
        "country",
        "deal",
        "readiness",
    ]


def test_a_match_carries_its_reasons(tmp_path: Path) -> None:
    index = make_index(tmp_path, *COLLECTION, encoder=BagOfStems())
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


def test_matches_are_of_the_other_kind_and_best_first(tmp_path: Path) -> None:
    documents = (
        make_technology(1, "Solar pump for irrigation", fields=("water.irrigation",)),
        make_technology(2, "Solar pump"),
        make_technology(3, "Anaerobic digester for manure"),
        make_need(4, "Solar pump for irrigation wanted", fields=("water.irrigation",)),
        make_need(5, "Solar pump for irrigation needed now"),
    )
    index = make_index(tmp_path, *documents, encoder=BagOfStems())
    assert [m.technology for m in index.matches(4, today=TODAY)] == [1, 2]
    assert [m.need for m in index.matches(1, today=TODAY)] == [4, 5]
    assert [m.technology for m in index.matches(4, today=TODAY, limit=1)] == [1]
    assert index.matches(999, today=TODAY) == ()


def test_a_document_that_is_not_indexed_is_matched(tmp_path: Path) -> None:
    index = make_index(tmp_path, technology, encoder=BagOfStems())
    matches = index.matches(need, today=TODAY)
    assert [m.technology for m in matches] == [1]
    assert matches[0].reasons[1].verdict == "agree"


def test_a_common_field_is_enough_across_languages(tmp_path: Path) -> None:
    foreign = make_technology(1, "灌溉用太阳能水泵", language="zh", fields=("water.irrigation",), organisation=1)
    index = make_index(tmp_path, foreign, replace(need, fields=("water.irrigation",)), encoder=BagOfStems())
    match = index.matches(2, today=TODAY)[0]
    assert [(reason.kind, reason.verdict) for reason in match.reasons[:3]] == [
        ("words", "differ"),
        ("meaning", "differ"),
        ("field", "agree"),
    ]


def test_matches_without_an_encoder_go_by_words(tmp_path: Path) -> None:
    index = make_index(tmp_path, *COLLECTION)
    matches = index.matches(9, today=TODAY)
    assert matches[0].technology == 1
    assert matches[0].parts.meaning is None
    assert matches[0].reasons[1] == Reason(kind="meaning", verdict="unknown")


def test_a_score_does_not_depend_on_the_other_candidates(tmp_path: Path) -> None:
    def score(folder: Path, *others: Document) -> Match:
        index = make_index(folder, technology, need, *others, encoder=BagOfStems())
        return next(m for m in index.matches(2, today=TODAY) if m.technology == 1)

    alone = score(tmp_path / "a")
    among = score(tmp_path / "b", *(make_technology(n, f"Wind rotor number {n}") for n in range(10, 40)))
    assert among.score == pytest.approx(alone.score, abs=0.08)


@pytest.mark.parametrize(
    ("offered", "wanted", "share", "shared"),
    [
        ((), ("a",), None, ()),
        (("a.b.c",), ("a.b.c",), 1, ("a.b.c",)),
        (("a.b.c",), ("a.b.d",), 2 / 3, ("a.b",)),
        (("a.b",), ("a.b.d",), 2 / 3, ("a.b",)),
        (("a.b", "x.y"), ("a.c", "x.y"), 1, ("a", "x.y")),
        (("a.b",), ("ab.b",), 0, ()),
    ],
)
def test_field_reason(
    offered: tuple[str, ...], wanted: tuple[str, ...], share: float | None, shared: tuple[str, ...]
) -> None:
    reason = field_reason(make_technology(1, fields=offered), make_need(2, fields=wanted))
    assert reason.share == (None if share is None else pytest.approx(share))
    assert reason.shared == shared
    assert reason.verdict == ("unknown" if share is None else "agree" if share else "differ")


def test_country_reason_takes_the_owners_country_where_no_place_is_named() -> None:
    offer = make_technology(1, places=("KE", "UG"))
    assert country_reason(offer, make_need(2, country="UG")).verdict == "agree"
    assert country_reason(offer, make_need(2, country="PE")).verdict == "differ"
    assert country_reason(offer, make_need(2)).verdict == "unknown"
    assert country_reason(make_technology(1), make_need(2, country="PE")).verdict == "agree"
    assert country_reason(offer, make_need(2, places=("UG", "RW"))).share == 0.5


def test_readiness_reason_counts_the_levels_that_lack() -> None:
    shares = [
        readiness_reason(make_technology(1, readiness=n), make_need(2, readiness_min=7)).share for n in range(1, 10)
    ]
    assert shares == [0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]


@pytest.mark.parametrize(
    ("cost", "budget", "verdict"),
    [
        (None, AmountRange(high=5, currency="EUR"), "unknown"),
        (AmountRange(low=4, currency="EUR"), AmountRange(high=5, currency="EUR"), "agree"),
        (AmountRange(low=6, currency="EUR"), AmountRange(high=5, currency="EUR"), "differ"),
        (AmountRange(low=6, currency="JPY"), AmountRange(high=5, currency="EUR"), "unknown"),
        (AmountRange(high=6, currency="EUR"), AmountRange(high=5, currency="EUR"), "unknown"),
    ],
)
def test_amount_reason(cost: AmountRange | None, budget: AmountRange | None, verdict: str) -> None:
    assert amount_reason(cost, budget).verdict == verdict


shares = st.none() | st.floats(0, 1)
all_parts = st.builds(
    MatchParts,
    words=shares,
    meaning=shares,
    field=shares,
    country=shares,
    deal=shares,
    readiness=shares,
    goal=shares,
    amount=shares,
)


@given(all_parts, st.sampled_from(["words", "meaning", "field", "country", "deal", "readiness", "goal", "amount"]))
def test_score_grows_with_each_part(parts: MatchParts, kind: ReasonKind) -> None:
    low, high = (score_of(replace(parts, **{kind: share})) for share in (0.0, 1.0))
    assert 0 <= low < high <= 1
    if kind not in ("words", "meaning"):
        assert low < score_of(replace(parts, **{kind: None})) < high


def test_weights_add_up_to_one() -> None:
    total = sum(
        (RULES.words, RULES.meaning, RULES.field, RULES.country, RULES.deal, RULES.readiness, RULES.goal, RULES.amount)
    )
    assert total == pytest.approx(1)
