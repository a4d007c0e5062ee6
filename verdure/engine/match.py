"""Which technologies fit a need, which needs a technology fits, and why.

Never matched: two of a kind, an organisation with itself, a need after its deadline. `Rules.hard` excludes further,
where **both** sides have said something and it contradicts: no place in common, no way to deal in common, a readiness
below the need's floor. What one side left open excludes nothing and is a reason "unknown". All else only weighs.

A candidate is related by meaning (without an encoder: among the best by words), or is in a field that the other names
too. The score, from 0 to 1, is absolute: it does not depend on how many other candidates there are.

Of documents that are nearly the same the best is a match and carries the others, so that a list holds each only once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from verdure.engine import fuse, ranking
from verdure.engine.background import Background
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import NEED, TECHNOLOGY, AmountRange, Document
from verdure.engine.duplicates import grouped, leaders
from verdure.engine.facts import ANYWHERE, lineage
from verdure.engine.query import NO_CONCEPTS, Query
from verdure.engine.ranking import Evidence, Mask, Question
from verdure.engine.snapshot import Snapshot
from verdure.engine.terms import Held, shared_words, telling

ReasonKind = Literal["words", "meaning", "field", "country", "deal", "readiness", "goal", "amount"]
Verdict = Literal["agree", "differ", "unknown"]

CANDIDATES = 100
"""Documents, best by text, whose other parts are compared; at least this many, or three times what is asked."""

MOST_WORDS = 8
UNKNOWN = 0.5
"""What a part counts of its weight when one side said nothing: less than agreement, more than difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`hard`: reasons whose "differ" excludes. The weights add up to 1."""

    hard: frozenset[ReasonKind] = frozenset({"country", "deal", "readiness"})
    words: float = 0.30
    meaning: float = 0.38
    field: float = 0.14
    country: float = 0.05
    deal: float = 0.04
    readiness: float = 0.04
    goal: float = 0.03
    amount: float = 0.02


RULES = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One respect in which the two agree or differ; words for it are the caller's.

    `shared` holds what both have, `offered` the technology's side and `wanted` the need's. By kind: words as written
    in the subject; taxonomy codes (shared: the deepest common ones); country codes; deal codes; readiness levels;
    goals; amounts as (low, high, currency). `share` is how much, from 0 to 1; None if unknown.
    """

    kind: ReasonKind
    verdict: Verdict
    share: float | None = None
    shared: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchParts:
    """Each part of a score from 0 to 1, None where a side said nothing."""

    words: float | None
    meaning: float | None
    field: float | None
    country: float | None
    deal: float | None
    readiness: float | None
    goal: float | None
    amount: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`technology` and `need` are ids; `reasons` are one of each kind, in the order of `ReasonKind`.

    `duplicates` are matches, none better, with documents that are nearly the same as this one (see `duplicates`).
    """

    technology: int
    need: int
    score: float
    parts: MatchParts
    reasons: tuple[Reason, ...]
    duplicates: tuple[Match, ...] = ()


def matches_of(
    subject: Document,
    *,
    query: Query,
    vector: NDArray[np.float32] | None,
    snapshot: Snapshot,
    limit: int,
    today: date,
    rules: Rules = RULES,
    thesaurus: Thesaurus = NO_CONCEPTS,
) -> tuple[Match, ...]:
    """Documents of the other kind that fit, best first; `query` and `vector` are the subject's words and meaning."""
    if subject.deadline is not None and subject.deadline < today:
        return ()
    other = NEED if subject.kind == TECHNOLOGY else TECHNOLOGY
    eligible = _eligible(subject, snapshot, today, rules)
    question = Question.of(snapshot, query, vector)
    evidence = ranking.gather(question, ranking.worded(snapshot, query, {"kind": (other,)}), allowed=eligible)
    chosen = eligible[evidence.places] & _related(subject, evidence, snapshot)
    whole = _own_score(question, subject, evidence)
    best = _best_by_text(evidence, np.flatnonzero(chosen), snapshot, rules, max(CANDIDATES, 3 * limit), whole)
    found = []
    for place, document in _documents(evidence, best, snapshot):
        words, meaning = _text_parts(evidence, place, snapshot, whole)
        pair = (subject, document) if subject.kind == TECHNOLOGY else (document, subject)
        found.append((compared(*pair, words, meaning, snapshot.background, rules), place, document))
    found.sort(key=lambda one: (-round(one[0].score, 6), one[2].id))
    told = telling(query, snapshot.words)
    led = leaders(snapshot.rows, evidence.places[[place for _, place, _ in found]])
    return tuple(
        as_one(
            [
                with_words(match, shared_words(told, Held.of(document, thesaurus), MOST_WORDS))
                for match, _, document in group
            ]
        )
        for group in islice(grouped(found, led), limit)
    )


def _documents(evidence: Evidence, places: NDArray[np.int64], snapshot: Snapshot) -> Iterator[tuple[int, Document]]:
    """The documents of places in the evidence, as far as they are there."""
    ids = snapshot.rows.ids[evidence.places[places]].tolist()
    documents = snapshot.words.documents(ids)
    for place, identifier in zip(places.tolist(), ids, strict=True):
        if identifier in documents:
            yield place, documents[identifier]


def as_one(group: Sequence[Match]) -> Match:
    """The first of a group with the others as its duplicates."""
    first, *others = group
    return replace(first, duplicates=tuple(others))


def _eligible(subject: Document, snapshot: Snapshot, today: date, rules: Rules) -> Mask:
    rows = snapshot.rows
    mask = rows.technology if subject.kind == NEED else ~rows.technology & ranking.without_past(rows, today.toordinal())
    if subject.organisation is not None:
        mask = mask & (rows.organisation != subject.organisation)
    if "country" in rules.hard and subject.places:
        mask = mask & rows.with_facts("place", (*subject.places, ANYWHERE))
    if "deal" in rules.hard and subject.deals:
        mask = mask & (rows.with_facts("deal", subject.deals) | ~rows.with_any("deal"))
    if "readiness" in rules.hard:
        mask = mask & _ready(subject, rows.readiness)
    return mask


def _ready(subject: Document, level: NDArray[np.int16]) -> Mask:
    stated = subject.readiness_min if subject.kind == NEED else subject.readiness
    if not stated:
        return np.ones(len(level), dtype=np.bool_)
    fits: Mask = (level == 0) | ((level >= stated) if subject.kind == NEED else (level <= stated))
    return fits


def _related(subject: Document, evidence: Evidence, snapshot: Snapshot) -> Mask:
    near = evidence.found if evidence.meaning is None else evidence.meaning >= snapshot.background.related
    fields = [code for code in subject.fields if "." in code]
    return near | snapshot.rows.with_facts("field", fields)[evidence.places]


def _own_score(question: Question, subject: Document, evidence: Evidence) -> float:
    """What the words of a text can be worth: what they are to the subject itself, or to the best if that is more."""
    words = question.snapshot.words
    own = words.score(question.query, subject.id, brief=not ranking.is_small(question.snapshot))
    best = 0.0 if evidence.words is None else float(evidence.words.max(initial=0))
    return max(own, best, 1e-6)


def _best_by_text(
    evidence: Evidence, places: NDArray[np.int64], snapshot: Snapshot, rules: Rules, count: int, whole: float
) -> NDArray[np.int64]:
    total = np.zeros(len(places), dtype=np.float32)
    if evidence.words is not None:
        total += rules.words * np.sqrt(evidence.words[places] / np.float32(whole))
    if evidence.meaning is not None:
        total += rules.meaning * evidence.meaning[places]
    return places[fuse.best_first(total, snapshot.rows.ids[evidence.places[places]])[:count]]


def _text_parts(evidence: Evidence, place: int, snapshot: Snapshot, whole: float) -> tuple[float | None, float | None]:
    """Words and meaning from 0 to 1."""
    words = meaning = None
    if evidence.words is not None:
        words = float(np.sqrt(evidence.words[place] / whole))
    if evidence.meaning is not None:
        meaning = snapshot.background.share(float(evidence.meaning[place]))
    return words, meaning


def compared(
    technology: Document,
    need: Document,
    words: float | None,
    meaning: float | None,
    background: Background,
    rules: Rules = RULES,
) -> Match:
    """A pair's match, given how much of the text's part they agree in, each from 0 to 1; `with_words` tells which."""
    reasons = (
        Reason(kind="words", verdict="unknown", share=words),
        _meaning(meaning, background),
        field_reason(technology, need),
        country_reason(technology, need),
        _overlap("deal", technology.deals, need.deals),
        readiness_reason(technology, need),
        _overlap("goal", technology.goals, need.goals),
        amount_reason(technology.amount, need.amount),
    )
    parts = MatchParts(**{reason.kind: reason.share for reason in reasons})
    return Match(technology=technology.id, need=need.id, score=score_of(parts, rules), parts=parts, reasons=reasons)


def score_of(parts: MatchParts, rules: Rules = RULES) -> float:
    """Weighted mean of the parts; an unknown one counts `UNKNOWN`, but text that was not compared is left out."""
    weighed = total = 0.0
    for part in fields(MatchParts):
        share: float | None = getattr(parts, part.name)
        if share is None and part.name in ("words", "meaning"):
            continue
        weight: float = getattr(rules, part.name)
        weighed += weight * (UNKNOWN if share is None else share)
        total += weight
    return weighed / total if total else 0.0


def with_words(match: Match, shared: tuple[str, ...]) -> Match:
    """The match with its first reason told: which words. Looked up for what is shown only, since it reads the text."""
    words = replace(match.reasons[0], verdict="agree" if shared else "differ", shared=shared)
    return replace(match, reasons=(words, *match.reasons[1:]))


def _meaning(share: float | None, background: Background) -> Reason:
    if share is None:
        return Reason(kind="meaning", verdict="unknown")
    related = share >= background.share(background.related)
    return Reason(kind="meaning", verdict="agree" if related else "differ", share=share)


def field_reason(technology: Document, need: Document) -> Reason:
    """Agreement of the nearest pair of fields: common levels over levels of the deeper one."""
    offered, wanted = technology.fields, need.fields
    if not offered or not wanted:
        return Reason(kind="field", verdict="unknown", offered=offered, wanted=wanted)
    common = [(_common(a, b), max(a.count("."), b.count(".")) + 1) for a in offered for b in wanted]
    share = max((code.count(".") + 1) / depth if code else 0.0 for code, depth in common)
    codes = {code for code, _ in common if code}
    deepest = tuple(sorted(code for code in codes if not any(other.startswith(code + ".") for other in codes)))
    return Reason(
        kind="field",
        verdict="agree" if share else "differ",
        share=share,
        shared=deepest,
        offered=offered,
        wanted=wanted,
    )


def _common(one: str, other: str) -> str:
    """The deepest code that is both or an ancestor of both, "" if there is none."""
    ancestors = set(lineage(other))
    return max((code for code in lineage(one) if code in ancestors), key=len, default="")


def country_reason(technology: Document, need: Document) -> Reason:
    """Where it is offered against where it is wanted; a need that names no place is taken to be in its owner's country.

    An offer that names no place is good anywhere.
    """
    wanted = need.places or ((need.country,) if need.country else ())
    offered = technology.places
    shared = tuple(place for place in wanted if place in offered)
    if not wanted:
        return Reason(kind="country", verdict="unknown", offered=offered)
    if not offered:
        return Reason(kind="country", verdict="agree", share=1.0, wanted=wanted)
    share = len(shared) / len(wanted)
    verdict: Verdict = "agree" if shared else "differ"
    return Reason(kind="country", verdict=verdict, share=share, shared=shared, offered=offered, wanted=wanted)


def _overlap(kind: ReasonKind, offered: tuple[str, ...], wanted: tuple[str, ...]) -> Reason:
    if not offered or not wanted:
        return Reason(kind=kind, verdict="unknown", offered=offered, wanted=wanted)
    shared = tuple(value for value in wanted if value in offered)
    share = len(shared) / min(len(wanted), len(offered))
    verdict: Verdict = "agree" if shared else "differ"
    return Reason(kind=kind, verdict=verdict, share=share, shared=shared, offered=offered, wanted=wanted)


def readiness_reason(technology: Document, need: Document) -> Reason:
    """At or above the floor is full agreement; below it, less for each level that lacks."""
    level, floor = technology.readiness, need.readiness_min
    offered = (str(level),) if level else ()
    wanted = (str(floor),) if floor else ()
    if not level or not floor:
        return Reason(kind="readiness", verdict="unknown", offered=offered, wanted=wanted)
    verdict: Verdict = "agree" if level >= floor else "differ"
    share = 1.0 if level >= floor else max(0.0, 1 - (floor - level) / 4)
    return Reason(kind="readiness", verdict=verdict, share=share, offered=offered, wanted=wanted)


def amount_reason(cost: AmountRange | None, budget: AmountRange | None) -> Reason:
    """Whether the least cost is within the largest budget, where both are in one currency."""
    offered, wanted = _amount(cost), _amount(budget)
    if cost is None or budget is None or cost.currency != budget.currency or cost.low is None or budget.high is None:
        return Reason(kind="amount", verdict="unknown", offered=offered, wanted=wanted)
    fits = cost.low <= budget.high
    share = 1.0 if fits else budget.high / cost.low
    return Reason(kind="amount", verdict="agree" if fits else "differ", share=share, offered=offered, wanted=wanted)


def _amount(amount: AmountRange | None) -> tuple[str, ...]:
    if amount is None:
        return ()
    low, high = ("" if end is None else f"{end:g}" for end in (amount.low, amount.high))
    return low, high, amount.currency
