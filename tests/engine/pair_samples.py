"""Made-up documents for the all-pairs tests, and the plain reference that the arrays are held against."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tests.engine.samples import make_text
from verdure.engine import match
from verdure.engine.background import Background
from verdure.engine.documents import NEED, TECHNOLOGY, AmountRange, Document, Kind
from verdure.engine.pairs import Pairs, Plan
from verdure.engine.sides import Numbers, Side, side_of

TODAY = date(2025, 6, 1)
BACKGROUND = Background(mean=0.05, spread=0.1)
WORDS = ("solar", "pump", "water", "membrane", "biogas", "turbine", "cooling", "salt", "brick", "algae", "grid", "heat")
FIELDS = ("energy", "energy.solar", "energy.solar.pv", "energy.wind", "water", "water.supply", "waste.organic.compost")
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Sample:
    """Documents of both kinds, their vectors, and the arrays of both."""

    needs: tuple[Document, ...]
    technologies: tuple[Document, ...]
    need_vectors: Vectors
    technology_vectors: Vectors

    def sides(self) -> tuple[Side, Side, Sequence[str]]:
        numbers = Numbers()
        needs = side_of(self.needs, self.need_vectors, numbers)
        return needs, side_of(self.technologies, self.technology_vectors, numbers), numbers.values

    def pairs(self, **plan: object) -> Pairs:
        needs, technologies, codes = self.sides()
        return Pairs(needs, technologies, codes=codes, plan=make_plan(**plan))


def make_plan(**given: object) -> Plan:
    return Plan(**{"today": TODAY, "background": BACKGROUND, "top": 5, **given})  # type: ignore[arg-type]


def make_sample(seed: int, needs: int, technologies: int, *, dimension: int = 8) -> Sample:
    chance = np.random.default_rng(seed)
    wanted = tuple(_document(chance, "need", 1 + number) for number in range(needs))
    offered = tuple(_document(chance, "technology", 1001 + number) for number in chance.permutation(technologies))
    return Sample(wanted, offered, _vectors(chance, needs, dimension), _vectors(chance, technologies, dimension))


def _document(chance: np.random.Generator, kind: Kind, identifier: int) -> Document:
    def some(values: Sequence[str], most: int) -> tuple[str, ...]:
        return tuple(chance.choice(values, chance.integers(0, most + 1), replace=False).tolist())

    level = [None, *range(1, 10)][chance.integers(0, 10)]
    words = chance.choice(WORDS, chance.integers(0, 14), p=_falling(len(WORDS)))
    return Document(
        id=int(identifier),
        kind=kind,
        texts=(make_text(" ".join(words.tolist())),),
        organisation=[None, 1, 2, 3][chance.integers(0, 4)],
        country=["", "KE", "FR"][chance.integers(0, 3)],
        places=some(("KE", "UG", "FR", "PE"), 3),
        fields=some(FIELDS, 2),
        goals=some(("6", "7", "13"), 2),
        deals=some(("licence", "supply", "pilot"), 2),
        readiness=level if kind == TECHNOLOGY else None,
        readiness_min=level if kind == NEED else None,
        amount=_amount(chance),
        deadline=[None, TODAY, date(2025, 5, 31)][chance.integers(0, 3)] if kind == NEED else None,
    )


def _falling(count: int) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = 1 / np.arange(1.0, count + 1)
    return np.divide(shares, float(shares.sum()))


def _amount(chance: np.random.Generator) -> AmountRange | None:
    low, high = (None if chance.random() < 0.3 else float(chance.integers(1, 9)) for _ in range(2))
    return (
        None if chance.random() < 0.3 else AmountRange(low=low, high=high, currency=str(chance.choice(["EUR", "KES"])))
    )


def _vectors(chance: np.random.Generator, count: int, dimension: int) -> Vectors:
    """Of length 1, or of length 0 for one in ten."""
    made = chance.standard_normal((count, dimension)) + 0.4
    made /= np.maximum(1e-9, np.linalg.norm(made, axis=1, keepdims=True))
    return (made * (chance.random((count, 1)) >= 0.1)).astype(np.float32)


def scores_of(sample: Sample, plan: Plan) -> dict[tuple[int, int], float]:
    """The score of every pair (need, technology) that may be kept, worked out pair by pair with `match`'s own parts."""
    needs, technologies, _ = sample.sides()
    words = _word_shares(*((needs, technologies) if plan.asking == NEED else (technologies, needs)))
    found = {}
    for n, need in enumerate(sample.needs):
        for t, technology in enumerate(sample.technologies):
            asking, other = (n, t) if plan.asking == NEED else (t, n)
            cosine = _cosine(sample, n, t, plan.asking)
            share = words[asking, other]
            if _may(need, technology, plan.rules) and _related(need, technology, share, cosine, plan.asking):
                score = match.score_of(_parts(need, technology, share, cosine), plan.rules)
                if score >= plan.least:
                    found[need.id, technology.id] = score
    return found


def _cosine(sample: Sample, n: int, t: int, asking: Kind) -> float | None:
    """None where the asking document has no vector, -1 where only the other has none."""
    need, technology = sample.need_vectors[n].astype(float), sample.technology_vectors[t].astype(float)
    own, other = (need, technology) if asking == NEED else (technology, need)
    if not own.any():
        return None
    return float(need @ technology) if other.any() else -1.0


def _word_shares(asking: Side, other: Side) -> dict[tuple[int, int], float]:
    """√(BM25 / the asking document's own), from the formula as written in textbooks."""
    one, two = _counts(asking), _counts(other)
    every = one + two
    lengths = np.concatenate([asking.terms.lengths, other.terms.lengths]) + 20.0
    mean = lengths.mean() if len(lengths) else 1.0

    def score(query: Mapping[int, int], document: Mapping[int, int], length: float) -> float:
        total = 0.0
        for term in query.keys() & document.keys():
            holding = sum(term in row for row in every)
            idf = math.log(1 + (len(every) - holding + 0.5) / (holding + 0.5))
            count = document[term]
            total += query[term] * idf * count * 2.2 / (count + 1.2 * (1 - 0.75 + 0.75 * length / mean))
        return total

    found = {}
    for i, query in enumerate(one):
        own = score(query, query, lengths[i])
        for j, document in enumerate(two):
            found[i, j] = math.sqrt(min(1.0, score(query, document, lengths[len(one) + j]) / max(1e-6, own)))
    return found


def _counts(side: Side) -> list[dict[int, int]]:
    rows = zip(side.terms.starts[:-1].tolist(), side.terms.starts[1:].tolist(), strict=True)
    terms, counts = side.terms.terms.tolist(), side.terms.counts.tolist()
    return [dict(zip(terms[a:b], counts[a:b], strict=True)) for a, b in rows]


def _may(need: Document, technology: Document, rules: match.Rules) -> bool:
    def apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        return bool(one) and bool(other) and set(one).isdisjoint(other)

    if need.deadline is not None and need.deadline < TODAY:
        return False
    if need.organisation is not None and need.organisation == technology.organisation:
        return False
    if "country" in rules.hard and apart(need.places, technology.places):
        return False
    if "deal" in rules.hard and apart(need.deals, technology.deals):
        return False
    known = need.readiness_min and technology.readiness
    return not ("readiness" in rules.hard and known and technology.readiness < need.readiness_min)  # type: ignore[operator]


def _related(need: Document, technology: Document, words: float, cosine: float | None, asking: Kind) -> bool:
    own, other = (need, technology) if asking == NEED else (technology, need)
    if any("." in a and (b == a or b.startswith(a + ".")) for a in own.fields for b in other.fields):
        return True
    return words > 0 if cosine is None else cosine >= BACKGROUND.related


def _parts(need: Document, technology: Document, words: float, cosine: float | None) -> match.MatchParts:
    return match.MatchParts(
        words=words,
        meaning=None if cosine is None else BACKGROUND.share(cosine),
        field=match.field_reason(technology, need).share,
        country=match.country_reason(technology, need).share,
        deal=match._overlap("deal", technology.deals, need.deals).share,
        readiness=match.readiness_reason(technology, need).share,
        goal=match._overlap("goal", technology.goals, need.goals).share,
        amount=match.amount_reason(technology.amount, need.amount).share,
    )
