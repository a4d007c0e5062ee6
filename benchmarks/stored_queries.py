"""One new document against all stored queries: `python -m benchmarks.stored_queries --queries 100000`.

Prints medians. Queries have one to five words of a Zipf vocabulary, two in three a filter, all a vector; documents
about 150 words and three passages. The peers, in the same run: numpy's bare product of all query vectors with one
document's, which nothing that compares all meanings can beat, and the same question put one by one to sets of stems in
Python (on a sample, multiplied).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from benchmarks.synthetic import BACKGROUND, TODAY
from verdure.engine.documents import Document, DocumentText
from verdure.engine.query import parse
from verdure.engine.query_forms import Numbered
from verdure.engine.stored_queries import StoredQueries
from verdure.engine.stored_queries_writer import StoredQueriesWriter, StoredQuery
from verdure.engine.text import forms

VOCABULARY = 30_000
TELLING = 60
"""The rank from which people search for a word: the commonest tell nothing."""

BATCH = 5_000
SAMPLE = 2_000
SETTINGS = "benchmark"
FIELDS = [f"f{a}.g{b}" for a in range(10) for b in range(6)]
COUNTRIES = [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "KLMNOPQRST"]


def main() -> None:
    given = _arguments()
    chance = np.random.default_rng(given.seed)
    queries = [_query(number, given.dimension, chance) for number in range(given.queries)]
    documents = [_document(number, chance) for number in range(given.documents)]
    passages = [_unit(chance.standard_normal((3, given.dimension))) for _ in documents]
    with tempfile.TemporaryDirectory() as home:
        _report(given, _measured(given, Path(home), queries, documents, passages))


def _measured(
    given: argparse.Namespace,
    home: Path,
    queries: list[StoredQuery],
    documents: list[Document],
    passages: list[NDArray[np.float32]],
) -> dict[str, list[float]]:
    filled = _seconds(lambda: _fill(home, queries, given.dimension))
    with StoredQueriesWriter(home, settings=SETTINGS, dimension=given.dimension) as writer:
        added = [
            _seconds(lambda q=query: writer.apply([q]))  # type: ignore[misc]
            for query in (_query(given.queries + n, given.dimension, np.random.default_rng(n)) for n in range(20))
        ]
    opened = [_seconds(lambda: _open(home, given.dimension)) for _ in range(5)]
    stored = _open(home, given.dimension)
    pairs = list(zip(documents, passages, strict=True))

    def meet(document: Document, vectors: NDArray[np.float32] | None) -> int:
        return len(stored.met_by(Numbered.of(document), vectors, background=BACKGROUND, today=TODAY))

    meet(*pairs[0])
    matrix = np.stack([query.vector for query in queries if query.vector is not None])
    stems = [[set(word.stems) for word in query.query.words] for query in queries[:SAMPLE]]
    return {
        "store all, from parsed queries": [filled],
        "store one more": added,
        "open": opened,
        "ours, words and meaning": [_seconds(lambda p=pair: meet(*p)) for pair in pairs],  # type: ignore[misc]
        "ours, words alone": [_seconds(lambda p=pair: meet(p[0], None)) for pair in pairs],  # type: ignore[misc]
        "product with 3 passages": [_seconds(lambda v=vectors: matrix @ v.T) for vectors in passages],  # type: ignore[misc]
        "sets of stems in Python": [
            _seconds(lambda d=document: _by_sets(d, stems)) * len(queries) / len(stems)  # type: ignore[misc]
            for document in documents[:5]
        ],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--documents", type=int, default=50)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _words(chance: np.random.Generator, count: int, *, first: int = 1) -> str:
    """Ranks by Zipf's law, from `first` on."""
    ranks = (first * (VOCABULARY / first) ** chance.random(count)).astype(int)
    return " ".join(_spelled(rank) for rank in ranks.tolist())


def _spelled(rank: int) -> str:
    """A pronounceable word for each number."""
    syllables = []
    number = rank + 97
    while number:
        number, place = divmod(number, 80)
        syllables.append("bdfgklmnprstvzhj"[place // 5] + "aeiou"[place % 5])
    return "".join(syllables)


def _query(number: int, dimension: int, chance: np.random.Generator) -> StoredQuery:
    query = parse(_words(chance, int(chance.integers(1, 6)), first=TELLING), ("en", "fr", "es"), language="en")
    filters: dict[str, tuple[str, ...]] = {}
    if chance.random() < 0.4:
        filters["field"] = (FIELDS[chance.integers(0, len(FIELDS))],)
    if chance.random() < 0.3:
        filters["place"] = tuple(COUNTRIES[n] for n in chance.integers(0, len(COUNTRIES), 2))
    if chance.random() < 0.3:
        filters["kind"] = ("technology",)
    vector = _unit(chance.standard_normal((1, dimension)))[0]
    weights = tuple((1 + 8 * chance.random(len(query.words))).tolist())
    return StoredQuery(id=number + 1, stamp=1, query=query, weights=weights, vector=vector, filters=filters)


def _document(number: int, chance: np.random.Generator) -> Document:
    text = DocumentText(language="en", title=_words(chance, 6), summary=_words(chance, 25), body=_words(chance, 120))
    return Document(
        id=number + 1,
        kind="technology",
        texts=(text,),
        fields=(FIELDS[number % len(FIELDS)],),
        country=COUNTRIES[number],
    )


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    """Turned towards one direction, so that unrelated ones are as near as with a real encoder."""
    turned = vectors / np.sqrt(vectors.shape[1])
    turned[:, 0] += 0.25
    made: NDArray[np.float32] = (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)
    return made


def _fill(home: Path, queries: list[StoredQuery], dimension: int) -> None:
    with StoredQueriesWriter(home, settings=SETTINGS, dimension=dimension) as writer:
        for start in range(0, len(queries), BATCH):
            writer.apply(queries[start : start + BATCH])


def _open(home: Path, dimension: int) -> StoredQueries:
    return StoredQueries.open(home, settings=SETTINGS, dimension=dimension)


def _by_sets(document: Document, queries: list[list[set[str]]]) -> int:
    held = set(forms(" ".join((document.texts[0].title, document.texts[0].summary, document.texts[0].body)), "en")[1])
    return sum(2 * sum(not held.isdisjoint(stems) for stems in words) >= len(words) for words in queries)


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _report(given: argparse.Namespace, measured: dict[str, list[float]]) -> None:
    print(f"{given.queries} stored queries, {given.dimension} dimensions; milliseconds")
    print(f"{'':34} {'median':>9} {'p95':>9}")
    for name, seconds in measured.items():
        worst = float(np.quantile(seconds, 0.95))
        print(f"{name:34} {statistics.median(seconds) * 1000:9.1f} {worst * 1000:9.1f}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory, queries as objects included, {memory:.2f} GB; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
