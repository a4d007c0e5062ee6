"""The two sides of an all-pairs run as arrays: what an index keeps of each document, so that no text is read again.

Ragged columns are in compressed rows: row i holds `values[starts[i]:starts[i + 1]]`. Places, deals, fields and goals
are numbers that both sides share (an index's fact numbers, say); 0 to 2**32 - 2, each at most once in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from verdure.engine.documents import TECHNOLOGY, Document
from verdure.engine.passages import whole_text
from verdure.engine.query import parse_text
from verdure.engine.rows_writer import stem_digest
from verdure.engine.text import forms

V = TypeVar("V")

NOWHERE = 2**32 - 1
"""The `home` of a document whose owner's country is unknown, and the `currency` of one without an amount."""

NO_ORGANISATION = -1
MOST_COUNTED = 255


@dataclass(frozen=True, slots=True)
class Ragged:
    """Numbers for each of n rows: `starts` int64 (n + 1,), `values` uint32 (starts[n],)."""

    starts: NDArray[np.int64]
    values: NDArray[np.uint32]

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> Ragged:
        held = [np.asarray(row, dtype=np.uint32) for row in rows]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in held], dtype=np.int64)]).astype(np.int64)
        return cls(starts, np.concatenate([np.zeros(0, np.uint32), *held]))

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRows:
    """The words of n documents.

    `starts` int64 (n + 1,); `terms` uint32 (nnz,), each distinct stem of a row's words that carry content once, as
    `stem_digest` has it; `counts` uint8 (nnz,), how often, at most 255; `lengths` int32 (n,), words of all kinds, as
    BM25 is to see them.
    """

    starts: NDArray[np.int64]
    terms: NDArray[np.uint32]
    counts: NDArray[np.uint8]
    lengths: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """A technology's cost or a need's budget: `low`, `high` float32 (n,), NaN for an open end; `currency` uint32 (n,),
    equal numbers for equal currencies, `NOWHERE` where nothing was said."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    currency: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """All technologies, or all needs: n of them, every array in the same order.

    `ids` int64, unique. `vectors` float32 (n, dimension), the whole text's, of length 1; a row of zeros has none, and
    dimension 0 means that nobody has. `organisation` int64, -1 for none. `readiness` int16, a technology's level or
    the least a need accepts, 0 for none. `deadline` int32, days since year 1, 0 for none. `places`: none is anywhere.
    `fields` are a document's own codes, without their ancestors. `home` uint32 is the place of the owner's country.
    What is None is unknown of all.
    """

    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]
    terms: TermRows
    organisation: NDArray[np.int64]
    readiness: NDArray[np.int16]
    deadline: NDArray[np.int32]
    places: Ragged
    deals: Ragged
    fields: Ragged
    goals: Ragged | None = None
    home: NDArray[np.uint32] | None = None
    amounts: Amounts | None = None

    def __len__(self) -> int:
        return len(self.ids)


class Numbers:
    """Gives each distinct value the next number, from 0; one for both sides."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._number: dict[str, int] = {}

    def of(self, value: str) -> int:
        if value not in self._number:
            self._number[value] = len(self.values)
            self.values.append(value)
        return self._number[value]


def side_of(documents: Sequence[Document], vectors: NDArray[np.float32], numbers: Numbers) -> Side:
    """The arrays of documents of one kind; the index keeps these, and this says what each of them holds."""

    def ragged(values: Callable[[Document], Iterable[str]]) -> Ragged:
        return Ragged.of([[numbers.of(value) for value in dict.fromkeys(values(document))] for document in documents])

    return Side(
        ids=_column(documents, np.int64, lambda document: document.id),
        vectors=vectors,
        terms=_terms_of(documents),
        organisation=_column(
            documents, np.int64, lambda d: NO_ORGANISATION if d.organisation is None else d.organisation
        ),
        readiness=_column(
            documents, np.int16, lambda d: (d.readiness if d.kind == TECHNOLOGY else d.readiness_min) or 0
        ),
        deadline=_column(documents, np.int32, lambda d: d.deadline.toordinal() if d.deadline else 0),
        places=ragged(lambda document: document.places),
        deals=ragged(lambda document: document.deals),
        fields=ragged(lambda document: document.fields),
        goals=ragged(lambda document: document.goals),
        home=_column(documents, np.uint32, lambda d: numbers.of(d.country) if d.country else NOWHERE),
        amounts=_amounts_of(documents, numbers),
    )


def _column(documents: Sequence[Document], kind: type[V], value: Callable[[Document], float]) -> NDArray[V]:  # type: ignore[type-var]
    return np.array([value(document) for document in documents], dtype=kind)


def _amounts_of(documents: Sequence[Document], numbers: Numbers) -> Amounts:
    def end(document: Document, name: str) -> float:
        value = getattr(document.amount, name, None)
        return np.nan if value is None else value

    return Amounts(
        low=_column(documents, np.float32, lambda document: end(document, "low")),
        high=_column(documents, np.float32, lambda document: end(document, "high")),
        currency=_column(documents, np.uint32, lambda d: numbers.of(d.amount.currency) if d.amount else NOWHERE),
    )


def _terms_of(documents: Sequence[Document]) -> TermRows:
    counted = [_counted(document) for document in documents]
    return TermRows(
        starts=np.concatenate([[0], np.cumsum([len(terms) for terms, _ in counted])]).astype(np.int64),
        terms=np.array([term for terms, _ in counted for term in terms], dtype=np.uint32),
        counts=np.array([n for terms, _ in counted for n in terms.values()], dtype=np.uint8),
        lengths=np.array([length for _, length in counted], dtype=np.int32),
    )


def _counted(document: Document) -> tuple[dict[int, int], int]:
    """How often each stem occurs in all versions together, and how many words the longest version has."""
    found: dict[int, int] = {}
    longest = 0
    for text in document.texts:
        whole = whole_text(text)
        for word in parse_text(whole, text.language).words:
            for stem in word.stems:
                number = stem_digest(stem)
                found[number] = min(MOST_COUNTED, found.get(number, 0) + int(word.weight))
        longest = max(longest, len(forms(whole, text.language)[1]))
    return found, longest
