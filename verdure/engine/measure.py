"""How good a ranking is: the usual measures, and a judged set run through the site's own search.

A judged set is a folder in BEIR's layout (Thakur et al. 2021): `corpus.jsonl` and `queries.jsonl` with `_id`, `text`
and (corpus) `title`; `qrels/*.tsv` with a header and rows of query, document, gain. Gains above 0 are relevant.
"""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document, DocumentText, EngineError, Mode, SearchRequest
from verdure.engine.index import Index
from verdure.engine.query import NO_CONCEPTS
from verdure.engine.writer import Encodes, IndexWriter

DEPTH = 100
"""Places of a ranking that are looked at."""

Gains = Mapping[str, float]


class JudgedSetUnusable(EngineError):
    """The folder is not a judged set; the message names the file, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """`documents`: (id, title, text). `queries`: (id, text), those with a relevant document only."""

    documents: tuple[tuple[str, str, str], ...]
    queries: tuple[tuple[str, str], ...]
    gains: Mapping[str, Gains]


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the queries; times of one search call, encoding of the query included, in milliseconds."""

    ndcg_at_10: float
    recall_at_100: float
    mrr_at_10: float
    p50_ms: float
    p95_ms: float
    queries: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`hybrid` is None without an encoder."""

    words: Quality
    hybrid: Quality | None
    documents: int
    index_seconds: float


def ndcg(ranking: Sequence[str], gains: Gains, depth: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) with the gain itself in the numerator.

    As trec_eval and BEIR count it: sum of gain / log2(place + 1), over that of the best order possible.
    """
    best = _dcg(sorted((gain for gain in gains.values() if gain > 0), reverse=True)[:depth])
    return _dcg([max(0.0, gains.get(found, 0.0)) for found in ranking[:depth]]) / best if best else 0.0


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))


def recall(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """Share of the relevant documents that are among the first `depth`."""
    relevant = {found for found, gain in gains.items() if gain > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], gains: Gains, depth: int = 10) -> float:
    """One over the place of the first relevant document, 0 if it is not among the first `depth`."""
    return next((1 / place for place, found in enumerate(ranking[:depth], 1) if gains.get(found, 0) > 0), 0.0)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank); 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def read_judged_set(folder: Path) -> JudgedSet:
    documents = tuple(
        (_string(row, "_id", at), _string(row, "title", at, ""), _string(row, "text", at))
        for at, row in _rows(folder / "corpus.jsonl")
    )
    _refuse_repeats(folder / "corpus.jsonl", [document[0] for document in documents])
    asked = tuple((_string(row, "_id", at), _string(row, "text", at)) for at, row in _rows(folder / "queries.jsonl"))
    _refuse_repeats(folder / "queries.jsonl", [query[0] for query in asked])
    gains = _read_gains(folder)
    queries = tuple(query for query in asked if any(gain > 0 for gain in gains.get(query[0], {}).values()))
    if not documents or not queries:
        raise JudgedSetUnusable(f"{folder}: no {'documents' if not documents else 'queries with a relevant document'}")
    return JudgedSet(documents, queries, gains)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield f"{path}, line {number}", _row(line, f"{path}, line {number}")
    except OSError as error:
        raise JudgedSetUnusable(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise JudgedSetUnusable(f"{path}: not UTF-8 ({error.reason})") from error


def _row(line: str, at: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise JudgedSetUnusable(f"{at}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise JudgedSetUnusable(f"{at}: not a JSON object")
    return row


def _string(row: dict[str, Any], name: str, at: str, default: str | None = None) -> str:
    value = row.get(name, default)
    value = default if value is None else value
    if isinstance(value, int) and name == "_id":
        return str(value)
    if not isinstance(value, str):
        raise JudgedSetUnusable(f"{at}: no text in “{name}”")
    return value


def _refuse_repeats(path: Path, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        repeated = next(name for place, name in enumerate(names) if name in names[:place])
        raise JudgedSetUnusable(f"{path}: “_id” {repeated} occurs twice")


def _read_gains(folder: Path) -> dict[str, dict[str, float]]:
    files = sorted((folder / "qrels").glob("*.tsv"))
    if not files:
        raise JudgedSetUnusable(f"{folder / 'qrels'}: no .tsv file")
    gains: dict[str, dict[str, float]] = {}
    for path in files:
        for at, query, document, gain in _judgements(path):
            try:
                gains.setdefault(query, {})[document] = float(gain)
            except ValueError as error:
                raise JudgedSetUnusable(f"{at}: “{gain}” is no number") from error
    return gains


def _judgements(path: Path) -> Iterator[tuple[str, str, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            at = f"{path}, line {number}"
            if not row or number == 1:
                continue
            if len(row) != 3:
                raise JudgedSetUnusable(f"{at}: {len(row)} columns in place of query, document and score")
            yield at, row[0], row[1], row[2]


def evaluate(
    folder: Path,
    encoder: Encodes | None,
    workdir: Path,
    *,
    thesaurus: Thesaurus = NO_CONCEPTS,
    progress: Callable[[str, int, int], None] | None = None,
) -> Evaluation:
    """Index a judged set in `workdir` and ask its queries of the same search that the site uses.

    A document whose "title. text" is the query itself is left out of that query's ranking. `progress` is told the
    stage ("index", "words", "hybrid"), how many are done and how many there are.
    """
    judged = read_judged_set(folder)
    tell = progress or (lambda stage, done, total: None)
    began = time.perf_counter()
    with IndexWriter(workdir, encoder, thesaurus) as writer:
        writer.rebuild(_documents(judged), progress=lambda done: tell("index", done, len(judged.documents)))
    took = time.perf_counter() - began
    index = Index(workdir, encoder, thesaurus)
    words = _quality(judged, index, "words", tell)
    hybrid = _quality(judged, index, "hybrid", tell) if encoder else None
    return Evaluation(words, hybrid, len(judged.documents), took)


def _documents(judged: JudgedSet) -> Iterator[Document]:
    for number, (_, title, text) in enumerate(judged.documents, start=1):
        yield Document(id=number, kind="technology", texts=(DocumentText(language="", title=title, body=text),))


def _quality(judged: JudgedSet, index: Index, mode: Mode, tell: Callable[[str, int, int], None]) -> Quality:
    same: dict[str, set[str]] = {}
    for name, title, text in judged.documents:
        same.setdefault(f"{title}. {text}", set()).add(name)
    rankings: dict[str, list[str]] = {}
    times: list[float] = []
    index.search(SearchRequest(text=judged.queries[0][1], mode=mode))
    for done, (query, text) in enumerate(judged.queries, start=1):
        left_out = same.get(text, set())
        began = time.perf_counter()
        found = index.search(SearchRequest(text=text, mode=mode, limit=DEPTH + len(left_out)))
        times.append((time.perf_counter() - began) * 1000)
        names = (judged.documents[hit.id - 1][0] for hit in found.hits)
        rankings[query] = [name for name in names if name not in left_out]
        tell(mode, done, len(judged.queries))
    return _summary(judged, rankings, times)


def _summary(judged: JudgedSet, rankings: Mapping[str, Sequence[str]], times: Sequence[float]) -> Quality:
    def mean(measure: Callable[[Sequence[str], Gains], float]) -> float:
        return sum(measure(ranking, judged.gains[query]) for query, ranking in rankings.items()) / len(rankings)

    return Quality(
        ndcg_at_10=mean(ndcg),
        recall_at_100=mean(recall),
        mrr_at_10=mean(reciprocal_rank),
        p50_ms=percentile(times, 0.5),
        p95_ms=percentile(times, 0.95),
        queries=len(rankings),
    )
