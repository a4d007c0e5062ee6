"""Hybrid search with filters and facets, and peers beside it: `python -m benchmarks.search FOLDER [FOLDER …]`.

A folder is one that `benchmarks.build` made. Each contender runs in a process of its own, one after the other, asked
the same questions; what a peer needs is built at first and kept in the folder. Query encoding by the real text model is
counted wherever a question needs a vector. Times are those of single calls in process, without HTTP.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.measuring import HEADS, Timing, figures, machine, memory, save, table, timed
from benchmarks.peers.material import Material, PeerLeftOut
from benchmarks.peers.postgres import postgres
from benchmarks.peers.product import matrix_product
from benchmarks.peers.words import Runs, bm25s_peer, sqlite_fts5, tantivy_bare
from benchmarks.questions import GROUPS, WARM, Group, Question, Questions, Vector, key, questions
from verdure.engine.documents import SearchRequest
from verdure.engine.encoder import Encoder, ModelSpec, load_encoder
from verdure.engine.index import Index

US = "Verdure"
TODAY = date(2026, 11, 22)
PEERS = ("tantivy", "bm25s", "fts5", "postgres", "numpy")
ASKED: dict[str, tuple[Group, ...]] = {
    US: GROUPS,
    "tantivy": ("short", "need"),
    "bm25s": ("short", "need"),
    "fts5": ("short", "need"),
    "postgres": ("short", "short, 1 filter", "short, 2 filters", "need"),
    "numpy": ("short",),
}


@dataclass(frozen=True, slots=True)
class Task:
    """All that a contender's process needs; sent to it."""

    contender: str
    folder: Path
    model: Path
    identity: str
    questions: Questions
    budget: float


@dataclass(frozen=True, slots=True)
class Outcome:
    rows: tuple[Timing, ...]
    notes: tuple[str, ...]


class GivenVectors:
    """The stand-in's vectors of the questions, looked up, after the real model has encoded the text as well."""

    def __init__(self, identity: str, asked: Questions, real: Encoder) -> None:
        self.identity = identity
        self._real = real
        self._vectors = {key(question.text): question.vector for group in asked.values() for question in group}
        self.dimension = len(next(iter(self._vectors.values())))

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        self._real.encode_queries(texts)
        return np.stack([self._vectors[key(text)] for text in texts])

    encode_passages = encode_queries


def ours(task: Task, real: Encoder) -> tuple[Runs, list[str]]:
    before = memory()
    index = Index(task.folder / "index", GivenVectors(task.identity, task.questions, real))
    started = time.perf_counter()
    state = index.state()
    notes = [
        f"{state.documents:,} documents, {state.vectors:,} vectors, mode {state.mode} {state.without_meaning}".strip(),
        f"opened in {time.perf_counter() - started:.2f} s; memory before: {before[0]} MB ({before[1]} anonymous)",
    ]

    def ask(question: Question) -> object:
        if question.document:
            return index.similar(question.document, today=TODAY)
        filters = {name: (value,) for name, value in question.filters}
        return index.search(SearchRequest(text=question.text, filters=filters, language="en", today=TODAY))

    return {"hybrid, filters, facets": ask}, notes


def run(task: Task) -> Outcome:
    """Runs in a process of its own."""
    real = load_encoder(ModelSpec.read(task.model))
    notes: list[str] = []
    try:
        if task.contender == US:
            runs, notes = ours(task, real)
        else:
            runs = _peer(task, real)
    except PeerLeftOut as reason:
        return Outcome((), (f"left out: {reason}",))
    rows = [row for what, ask in runs.items() for row in _asked(task, what, ask)]
    if task.contender == US:
        rows += _encoding_alone(task, real)
        resident, anonymous = memory()
        notes.append(f"memory after all questions: {resident} MB, of which {anonymous} anonymous (text model included)")
    return Outcome(tuple(rows), tuple(notes))


def _peer(task: Task, real: Encoder) -> Runs:
    material = Material(task.folder)
    material.peers.mkdir(exist_ok=True)
    match task.contender:
        case "tantivy":
            return tantivy_bare(material)
        case "bm25s":
            return bm25s_peer(material)
        case "fts5":
            return sqlite_fts5(material)
        case "postgres":
            return postgres(material, lambda text: real.encode_queries([text]))
        case "numpy":
            return matrix_product(material)
    raise PeerLeftOut(f"there is no peer named {task.contender}")


def _asked(task: Task, what: str, ask: Callable[[Question], object]) -> list[Timing]:
    rows = []
    for group in ASKED[task.contender]:
        first, rest = task.questions[group][:WARM], task.questions[group][WARM:]
        timed(task.contender, what, first, ask, budget=task.budget / 4)
        name, here = f"{task.contender}: {what}", task.contender != "postgres"
        rows.append(timed(name, group, rest, ask, budget=task.budget, in_process=here))
    return rows


def _encoding_alone(task: Task, real: Encoder) -> list[Timing]:
    return [
        timed(
            f"{US}: query encoding alone",
            group,
            task.questions[group],
            lambda q: real.encode_queries([q.text]),
            budget=30,
        )
        for group in ("short", "need")
    ]


def compared(rows: Sequence[Timing]) -> str:
    """Beside each peer's figures how many times ours, for the same group of questions."""
    best = {row.what: row for row in rows if row.contender.startswith(f"{US}: hybrid")}
    lines = []
    for row in rows:
        us = best.get(row.what)
        ratios = ("", "") if us is None or row is us else (f"{row.p50 / us.p50:.2f}×", f"{row.p95 / us.p95:.2f}×")
        lines.append((*figures(row), *ratios))
    return table((*HEADS, "p50 to ours", "p95 to ours"), lines)


def measure(
    folder: Path, model: Path, contenders: Sequence[str], *, short: int, needs: int, budget: float
) -> list[Timing]:
    asked, identity, count = _questions(folder, short, needs)
    print(f"\n{count:,} documents in {folder}; {machine()}")
    rows: list[Timing] = []
    for contender in contenders:
        task = Task(contender, folder, model, identity, asked, budget)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            outcome = pool.submit(run, task).result()
        for note in outcome.notes:
            print(f"{contender}: {note}", flush=True)
        rows += outcome.rows
    print(compared(rows), flush=True)
    return rows


def _questions(folder: Path, short: int, needs: int) -> tuple[Questions, str, int]:
    built = Material(folder).built
    return questions(built, short=short, needs=needs), built.encoder.identity, built.made.count


def prepared_model(folder: Path) -> Path:
    from verdure.engine.minilm import prepare_minilm

    prepare_minilm(folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, help="where the text model is, or is made; default: beside the folder")
    parser.add_argument("--short", type=int, default=200, help="short questions of each sort")
    parser.add_argument("--needs", type=int, default=60)
    parser.add_argument("--budget", type=float, default=60, help="seconds for each row, after which it stops asking")
    parser.add_argument("--without", action="append", default=[], choices=PEERS, help="leave out a peer; repeatable")
    parser.add_argument("--alone", action="store_true", help="no peers")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()
    peers = [] if asked.alone else [peer for peer in PEERS if peer not in asked.without]
    sizes = {"short": asked.short, "needs": asked.needs, "budget": asked.budget}
    rows: list[Timing] = []
    about = machine()
    for folder in asked.folders:
        model = prepared_model(asked.model or folder.resolve().parent / "model")
        rows += measure(folder.resolve(), model, [US, *peers], **sizes)
    if asked.json:
        save(asked.json, rows, {**about, "folders": [str(folder) for folder in asked.folders]})


if __name__ == "__main__":
    main()
