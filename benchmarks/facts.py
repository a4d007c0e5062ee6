"""What a made listing says apart from its text: as in the sample collection, owners by a power law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from benchmarks.sources import sample_countries, sample_records
from benchmarks.words import WordModel
from verdure.core import places
from verdure.engine.documents import AmountRange, Kind
from verdure.listings import taxonomy

TODAY = date(2026, 11, 22)
NEEDS = 0.2
OWN_FIELD = 0.8
SOURCES, SOURCE_SHARES = ("", "cordis", "nasa-techport", "uspto"), (0.45, 0.3, 0.1, 0.15)
OWNERS_HEAD, OWNERS_GROWTH = 300.0, 0.7


@dataclass(frozen=True, slots=True)
class Facts:
    kind: Kind
    organisation: int
    country: str
    places: tuple[str, ...]
    fields: tuple[str, ...]
    goals: tuple[str, ...]
    deals: tuple[str, ...]
    readiness: int | None
    readiness_min: int | None
    ip_status: str
    source: str
    codes: tuple[str, ...]
    amount: AmountRange | None
    deadline: date | None
    published: date


class FactModel:
    """Draws facts that hang together, because those of one sample listing are taken over as they stand."""

    def __init__(self, words: WordModel) -> None:
        records = [_facts_of(record) for record in sample_records()]
        self._records: dict[str, list[Facts]] = {
            kind: [facts for facts in records if facts.kind == kind] for kind in ("technology", "need")
        }
        self._countries = sample_countries()
        self._field_of_topic = fields_of_topics(words)

    def drawn(self, chance: np.random.Generator, kind: Kind, topic: int) -> Facts:
        like = self._records[kind][int(chance.integers(len(self._records[kind])))]
        owner = 1 + int(min(1e9, OWNERS_HEAD * (chance.random() ** (-1 / OWNERS_GROWTH) - 1)))
        about = (self._field_of_topic[topic],) if chance.random() < OWN_FIELD else ()
        return Facts(
            kind=kind,
            organisation=owner,
            country=self._countries[owner * 7919 % len(self._countries)],
            places=like.places,
            fields=tuple(dict.fromkeys((*about, *like.fields[len(about) :]))),
            goals=like.goals,
            deals=like.deals,
            readiness=like.readiness,
            readiness_min=like.readiness_min,
            ip_status=like.ip_status,
            source=SOURCES[int(chance.choice(len(SOURCES), p=SOURCE_SHARES))],
            codes=like.codes,
            amount=like.amount,
            deadline=TODAY + timedelta(days=int(chance.integers(-60, 500))) if kind == "need" else None,
            published=TODAY - timedelta(days=int(1200 * chance.random() ** 2)),
        )


def _facts_of(record: dict[str, Any]) -> Facts:
    return Facts(
        kind=record["kind"],
        organisation=0,
        country="",
        places=tuple(sorted(places.expand(record.get("places", ())))),
        fields=tuple(record.get("fields", ())),
        goals=tuple(str(goal) for goal in record.get("goals", ())),
        deals=tuple(record.get("deals", ())),
        readiness=record.get("readiness"),
        readiness_min=record.get("readiness_min"),
        ip_status=record.get("ip_status", ""),
        source="",
        codes=tuple(record.get("ipc", ())),
        amount=_amount(record),
        deadline=None,
        published=TODAY,
    )


def _amount(record: dict[str, Any]) -> AmountRange | None:
    low, high = record.get("amount_min"), record.get("amount_max")
    if low is None and high is None:
        return None
    return AmountRange(
        low=float(low) if low is not None else None,
        high=float(high) if high is not None else None,
        currency=record.get("currency", ""),
    )


def fields_of_topics(words: WordModel) -> list[str]:
    """For each topic the leaf of the taxonomy whose label and scope share most words with it."""
    leaves = [field for field in taxonomy.leaves() if field.is_leaf]
    scopes = [set(f"{field.labels['en']} {field.scope}".lower().replace(",", " ").split()) for field in leaves]
    known = {word: place for place, word in reversed(list(enumerate(w.lower().strip(".,;:()") for w in words.words)))}
    overall = np.bincount(words.tokens, minlength=len(words.words)) + 1
    found = []
    for topic in range(words.topics):
        inside = np.bincount(words.tokens[words.topic == topic], minlength=len(words.words))
        telling = inside / overall
        scores = [sum(telling[known[word]] for word in scope if word in known) / len(scope) for scope in scopes]
        found.append(leaves[int(np.argmax(scores))].code)
    return found
