"""A match's reasons as short sentences in the reader's language: what fits, what differs, what was not stated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from verdure.listings import words

from .models import Match

SHOWN = 4  # values of one reason; the rest are counted
ORDER = ("agree", "differ", "unknown")


@dataclass(frozen=True, slots=True)
class Sentence:
    verdict: str  # agree, differ, unknown
    text: str


def sentences_of(match: Match) -> list[Sentence]:
    """Those that agree first; a reason that has nothing to say is left out."""
    told = [Sentence(reason["verdict"], text) for reason in match.reasons if (text := sentence(reason))]
    return sorted(told, key=lambda item: ORDER.index(item.verdict))


def sentence(reason: Mapping[str, Any]) -> str:
    """`reason`: an engine.match.Reason as JSON."""
    return TELLERS[reason["kind"]](reason)


def listed(values: Sequence[str]) -> str:
    """At most four, then how many more."""
    text = ", ".join(values[:SHOWN])
    more = len(values) - SHOWN
    return _("%(list)s and %(more)s more") % {"list": text, "more": more} if more > 0 else text


def _words(reason: Mapping[str, Any]) -> str:
    if reason["verdict"] == "agree":
        return _("both speak of: %s") % listed(reason["shared"])
    return _("no telling words in common")


def _meaning(reason: Mapping[str, Any]) -> str:
    if reason["verdict"] == "unknown":
        return ""
    if reason["verdict"] == "differ":
        return _("little likeness in meaning")
    return _("very close in meaning") if (reason["share"] or 0) >= 0.75 else _("close in meaning")


def _field(reason: Mapping[str, Any]) -> str:
    labels = {side: [words.field_label(code) for code in reason[side]] for side in ("shared", "offered", "wanted")}
    if reason["verdict"] == "agree":
        return _("same field: %s") % listed(labels["shared"])
    if reason["verdict"] == "unknown":
        return _("field")
    return _("other field: %(offered)s, wanted is %(wanted)s") % {
        "offered": listed(labels["offered"]),
        "wanted": listed(labels["wanted"]),
    }


def _country(reason: Mapping[str, Any]) -> str:
    if reason["verdict"] == "unknown":
        return _("where it is wanted")
    if not reason["offered"]:
        return _("offered everywhere")
    if reason["verdict"] == "agree":
        if len(reason["wanted"]) > SHOWN and reason["share"] == 1:
            return _("offered wherever it is wanted")
        return _("offered where it is wanted: %s") % listed(words.place_names(reason["shared"]))
    return _("not offered in: %s") % listed(words.place_names(reason["wanted"]))


def _deal(reason: Mapping[str, Any]) -> str:
    named = {side: listed([words.deal_word(deal) for deal in reason[side]]) for side in ("shared", "offered", "wanted")}
    if reason["verdict"] == "agree":
        return _("both want: %s") % named["shared"]
    if reason["verdict"] == "unknown":
        return _("way to deal")
    return _("offers %(offered)s, wanted is %(wanted)s") % named


def _readiness(reason: Mapping[str, Any]) -> str:
    if reason["verdict"] == "unknown":
        return _("readiness") if reason["wanted"] else ""
    level, floor = reason["offered"][0], reason["wanted"][0]
    values = {"level": level, "stage": words.stage(int(level)), "floor": floor}
    return _("%(stage)s (TRL %(level)s), asked for is TRL %(floor)s or more") % values


def _goal(reason: Mapping[str, Any]) -> str:
    if reason["verdict"] == "agree":
        return _("same goals: %s") % listed([words.goal_title(int(number)) for number in reason["shared"]])
    return _("other Sustainable Development Goals") if reason["verdict"] == "differ" else ""


def _amount(reason: Mapping[str, Any]) -> str:
    if reason["verdict"] == "unknown":
        return _("whether the cost fits the budget")
    (low, _high, currency), (_floor, budget, _same) = reason["offered"], reason["wanted"]
    values = {"cost": words.money(Decimal(low), currency), "budget": words.money(Decimal(budget), currency)}
    return _("from %(cost)s, the budget goes up to %(budget)s") % values


TELLERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "words": _words,
    "meaning": _meaning,
    "field": _field,
    "country": _country,
    "deal": _deal,
    "readiness": _readiness,
    "goal": _goal,
    "amount": _amount,
}
