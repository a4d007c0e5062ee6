"""A match's reasons as a person reads them."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from django.utils import translation

from verdure.discovery.models import Match
from verdure.discovery.reasons import TELLERS, Sentence, sentence, sentences_of
from verdure.engine.match import ReasonKind

NOTHING: dict[str, Any] = {"share": None, "shared": [], "offered": [], "wanted": []}


def reason(kind: str, verdict: str, **values: Any) -> dict[str, Any]:
    return {**NOTHING, "kind": kind, "verdict": verdict, **values}


KE = {"offered": ["KE"], "wanted": ["KE"], "shared": ["KE"]}
SUPPLY = {"offered": ["supply"], "wanted": ["supply"], "shared": ["supply"]}
INVESTMENT = {"offered": ["investment"], "wanted": ["supply"]}
COST = {"offered": ["500", "900", "EUR"], "wanted": ["", "1000", "EUR"]}


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (reason("words", "agree", shared=["salt", "pump"]), "both speak of: salt, pump"),
        (reason("words", "agree", shared=list("abcdef")), "both speak of: a, b, c, d and 2 more"),
        (reason("words", "differ"), "no telling words in common"),
        (reason("meaning", "agree", share=0.6), "close in meaning"),
        (reason("meaning", "agree", share=0.9), "very close in meaning"),
        (reason("meaning", "differ", share=0.1), "little likeness in meaning"),
        (reason("meaning", "unknown"), ""),
        (reason("field", "agree", shared=["water.desalination"]), "same field: Desalination"),
        (reason("country", "agree", share=1.0, **KE), "offered where it is wanted: Kenya"),
        (reason("country", "agree", wanted=["KE"], share=1.0), "offered everywhere"),
        (reason("country", "differ", offered=["FR"], wanted=["KE"]), "not offered in: Kenya"),
        (reason("deal", "agree", **SUPPLY), "both want: product or service supply"),
        (reason("deal", "differ", **INVESTMENT), "offers investment, wanted is product or service supply"),
        (reason("deal", "unknown"), "way to deal"),
        (
            reason("readiness", "agree", offered=["8"], wanted=["7"]),
            "available for demonstration (TRL 8), asked for is TRL 7 or more",
        ),
        (reason("readiness", "unknown", offered=["8"]), ""),
        (reason("goal", "agree", shared=["6"]), "same goals: Clean water and sanitation"),
        (reason("amount", "agree", **COST), "from EUR 500, the budget goes up to EUR 1,000"),
        (reason("amount", "unknown"), "whether the cost fits the budget"),
    ],
)
def test_sentence(told: dict[str, Any], text: str) -> None:
    with translation.override("en"):
        assert sentence(told).replace("\xa0", " ") == text


def test_every_kind_the_engine_gives_has_a_teller() -> None:
    assert set(TELLERS) == set(get_args(ReasonKind))


def test_what_fits_comes_first() -> None:
    match = Match(
        reasons=[reason("words", "differ"), reason("amount", "unknown"), reason("meaning", "agree", share=0.6)]
    )
    with translation.override("en"):
        assert sentences_of(match) == [
            Sentence("agree", "close in meaning"),
            Sentence("differ", "no telling words in common"),
            Sentence("unknown", "whether the cost fits the budget"),
        ]
