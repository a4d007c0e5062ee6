"""The two sides of an all-pairs run, read from the index's rows: no text is analysed or encoded again.

What rows do not tell is done without: amounts are unknown to all; of fields, one that stands above another of the same
document counts as its ancestor; a document in several languages has the mean length of its versions. Words that carry
grammar only are left out, as a document leaves them out when it asks; what they are, its languages decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from verdure.engine.facts import ANYWHERE
from verdure.engine.rows import Rows
from verdure.engine.rows_writer import stem_digest
from verdure.engine.sides import MOST_COUNTED, NOWHERE, Ragged, Side, TermRows
from verdure.engine.text import forms, function_words

ASSUMED = "en"
"""The language of a text that does not say its own."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Input:
    """Both sides and what `Pairs` wants to know about their fields. The ids are those of the index."""

    needs: Side
    technologies: Side
    codes: tuple[str, ...]


def input_of(rows: Rows) -> Input:
    """About 2 kB a document are copied, most of it vectors."""
    columns = _Columns(rows)
    needs, technologies = np.flatnonzero(~rows.technology), np.flatnonzero(rows.technology)
    return Input(columns.side(needs), columns.side(technologies), tuple(value for _, value in rows.facts))


class _Columns:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._names = np.array([name for name, _ in rows.facts], dtype=object)
        self._values = np.array([value for _, value in rows.facts], dtype=object)
        self._parents = _ancestors([value if name == "field" else "" for name, value in rows.facts])

    def side(self, places: Places) -> Side:
        rows = self._rows
        row, numbers = _facts(rows, places)
        return Side(
            ids=rows.ids[places],
            vectors=rows.first_vectors(places),
            terms=self._terms(places, row, numbers),
            organisation=rows.organisation[places],
            readiness=rows.readiness[places],
            deadline=rows.deadline[places],
            places=self._ragged("place", len(places), row, numbers, but=ANYWHERE),
            deals=self._ragged("deal", len(places), row, numbers),
            fields=self._own_fields(len(places), row, numbers),
            goals=self._ragged("goal", len(places), row, numbers),
            home=self._home(len(places), row, numbers),
        )

    def _named(self, name: str) -> NDArray[np.bool_]:
        """Which of all facts have the name."""
        return np.asarray(self._names == name, dtype=np.bool_)

    def _ragged(
        self, name: str, count: int, row: Places, numbers: NDArray[np.uint32], *, but: str | None = None
    ) -> Ragged:
        wanted = self._named(name) & (self._values != but)
        chosen = wanted[numbers] if len(numbers) else np.zeros(0, dtype=np.bool_)
        return _ragged(count, row[chosen], numbers[chosen])

    def _own_fields(self, count: int, row: Places, numbers: NDArray[np.uint32]) -> Ragged:
        """Without the ancestors of the row's other fields."""
        every = self._ragged("field", count, row, numbers)
        row_of = np.repeat(np.arange(count, dtype=np.int64), np.diff(every.starts))
        parents = self._parents[every.values]
        above = row_of[parents >= 0] * len(self._names) + parents[parents >= 0]
        own = ~np.isin(row_of * len(self._names) + every.values, above)
        return _ragged(count, row_of[own], every.values[own])

    def _home(self, count: int, row: Places, numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The number of the place that the owner's country is; one that nobody names as a place has one past them."""
        place = {value: number for number, (name, value) in enumerate(self._rows.facts) if name == "place"}
        countries = self._ragged("country", count, row, numbers)
        number_of = np.array(
            [place.get(value, len(self._names) + number) for number, value in enumerate(self._values)], dtype=np.uint32
        )
        home = np.full(count, NOWHERE, dtype=np.uint32)
        some = np.diff(countries.starts) > 0
        home[some] = number_of[countries.values[countries.starts[:-1][some]]]
        return home

    def _terms(self, places: Places, row: Places, numbers: NDArray[np.uint32]) -> TermRows:
        starts, terms, lengths = self._rows.terms_of(places)
        row_of = np.repeat(np.arange(len(places), dtype=np.int64), np.diff(starts))
        spoken = self._ragged("language", len(places), row, numbers)
        kept = np.ones(len(terms), dtype=np.bool_)
        for language, rows in self._by_language(spoken):
            mine = np.flatnonzero(rows[row_of])
            kept[mine] &= ~np.isin(terms["stem"][mine], _grammar(language))
        versions = np.maximum(1, np.diff(spoken.starts))
        return TermRows(
            starts=_starts(len(places), row_of[kept]),
            terms=terms["stem"][kept],
            counts=np.minimum(terms["count"][kept], MOST_COUNTED).astype(np.uint8),
            lengths=(lengths // versions).astype(np.int32),
        )

    def _by_language(self, spoken: Ragged) -> list[tuple[str, NDArray[np.bool_]]]:
        """Which rows are in each language, first those that do not say."""
        found = [(ASSUMED, np.diff(spoken.starts) == 0)]
        row_of = np.repeat(np.arange(len(spoken)), np.diff(spoken.starts))
        for number in np.unique(spoken.values).tolist():
            mask = np.zeros(len(spoken), dtype=np.bool_)
            mask[row_of[spoken.values == number]] = True
            found.append((str(self._values[number]), mask))
        return found


def _facts(rows: Rows, places: Places) -> tuple[Places, NDArray[np.uint32]]:
    """The facts of rows as numbers, and which of the rows each belongs to, counted from the first."""
    counts = rows._fact_starts[places + 1] - rows._fact_starts[places]
    ends = np.cumsum(counts)
    chosen = np.arange(int(counts.sum())) + np.repeat(rows._fact_starts[places] - (ends - counts), counts)
    return np.repeat(np.arange(len(places)), counts), rows._fact_numbers[chosen]


def _ragged(count: int, row: Places, values: NDArray[np.uint32]) -> Ragged:
    return Ragged(_starts(count, row), values.astype(np.uint32))


def _starts(count: int, row: Places) -> Places:
    """Where each of so many rows begins, from the rows of all items in order."""
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))]).astype(np.int64)


def _ancestors(codes: list[str]) -> Places:
    """The number of the code one level up of each, -1 where there is none."""
    number = {code: place for place, code in enumerate(codes) if code}
    return np.array([number.get(code.rpartition(".")[0], -1) if code else -1 for code in codes], dtype=np.int64)


@lru_cache(maxsize=64)
def _grammar(language: str) -> NDArray[np.uint32]:
    """The stems of the words that carry grammar only."""
    stems = {stem for word in function_words(language) for stem in forms(word, language)[1]}
    return np.array(sorted(stem_digest(stem) for stem in stems), dtype=np.uint32)
