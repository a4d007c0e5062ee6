from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, strategies as st

from tests.engine.samples import make_need, make_technology
from verdure.engine.documents import AmountRange
from verdure.engine.match import (
    RULES,
    MatchParts,
    ReasonKind,
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
