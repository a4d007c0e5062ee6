"""Verdure and its peers, each in a process of its own, one after the other, asked the same questions."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.build import Built
from benchmarks.measuring import HEADS, Timing, figures, machine, memory, save, table, timed
from benchmarks.peers.material import Material, PeerLeftOut, seconds_to_build
from benchmarks.peers.postgres import postgres
from benchmarks.peers.product import matrix_product
from benchmarks.peers.words import Runs, bm25s_peer, sqlite_fts5, tantivy_bare
from benchmarks.questions import WARM, Group, Question, Questions, Vector
from verdure.core.processes import tie_to_parent
from verdure.engine.documents import SearchRequest
from verdure.engine.encoder import Encoder, ModelSpec, load_encoder
from verdure.engine.index import Index

US = "Verdure"
TODAY = date(2026, 11, 22)
MATCHES = 50
PEERS = ("tantivy", "bm25s", "fts5", "postgres", "numpy")
Asked = dict[str, tuple[Group, ...]]


@dataclass(frozen=True, slots=True)
class Task:
    """All that a contender's process needs; sent to it."""

    contender: str
    folder: Path
    model: Path
    identity: str
    groups: tuple[Group, ...]
    questions: Questions
    budget: float


@dataclass(frozen=True, slots=True)
class Outcome:
    rows: tuple[Timing, ...]
    notes: tuple[str, ...]


class GivenVectors:
    """Gives the stand-in's vector of the present question for any text, after the real model has encoded it."""

    def __init__(self, identity: str, real: Encoder) -> None:
        self.identity, self.dimension = identity, real.dimension
        self.present: Vector = np.zeros(self.dimension, dtype=np.float32)
        self._real = real

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        self._real.encode_queries(texts)
        return np.repeat(self.present[None, :], len(texts), axis=0)

    encode_passages = encode_queries


def ours(task: Task, real: Encoder) -> tuple[Runs, list[str]]:
    before = memory()
    encoder = GivenVectors(task.identity, real)
    index = Index(task.folder / "index", encoder)
    started = time.perf_counter()
    state = index.state()
    notes = [
        f"{state.documents:,} documents, {state.vectors:,} vectors, mode {state.mode} {state.without_meaning}".strip(),
        f"opened in {time.perf_counter() - started:.2f} s; memory before: {before[0]} MB ({before[1]} anonymous)",
    ]

    def ask(question: Question) -> object:
        encoder.present = question.vector
        if question.subject:
            return index.matches(question.subject, limit=MATCHES, today=TODAY)
        if question.similar_to:
            return index.similar(question.similar_to, today=TODAY)
        filters = {name: (value,) for name, value in question.filters}
        return index.search(SearchRequest(text=question.text, filters=filters, language="en", today=TODAY))

    return {"hybrid": ask}, notes


def run(task: Task) -> Outcome:
    """Runs in a process of its own."""
    real = load_encoder(ModelSpec.read(task.model))
    if task.contender != US:
        return _peer_outcome(task, real)
    runs, notes = ours(task, real)
    rows = [*_all_asked(task, runs), *_encoding_alone(task, real)]
    resident, anonymous = memory()
    notes.append(f"memory after all questions: {resident} MB, of which {anonymous} anonymous (text model included)")
    return Outcome(tuple(rows), tuple(notes))


def _peer_outcome(task: Task, real: Encoder) -> Outcome:
    """Whatever ails a peer, the others run."""
    try:
        runs = _peer(task, real)
        seconds = seconds_to_build(task.folder / "peers" / task.contender)
        notes = () if seconds is None else (f"was built in {seconds:.0f} s (making the documents included)",)
        return Outcome(tuple(_all_asked(task, runs)), notes)
    except PeerLeftOut as reason:
        return Outcome((), (f"left out: {reason}",))
    except Exception as error:
        return Outcome((), (f"left out, it failed: {type(error).__name__}: {error}"[:500],))


def _all_asked(task: Task, runs: Runs) -> list[Timing]:
    return [row for what, ask in runs.items() for row in _asked(task, what, ask)]


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
    for group in task.groups:
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
        for group in task.groups
        if group in ("short", "need")
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
    folder: Path, model: Path, questions: Questions, identity: str, asked: Asked, *, budget: float
) -> list[Timing]:
    """`asked` says which groups each contender is asked, in the order in which they run."""
    rows: list[Timing] = []
    for contender, groups in asked.items():
        task = Task(contender, folder, model, identity, groups, {group: questions[group] for group in groups}, budget)
        with one_process(single=contender == US) as pool:
            outcome = pool.submit(run, task).result()
        for note in outcome.notes:
            print(f"{contender}: {note}", flush=True)
        print(table(HEADS, map(figures, outcome.rows)), flush=True)
        rows += outcome.rows
    print("\nAll, with ratios:")
    print(compared(rows), flush=True)
    return rows


@contextmanager
def one_process(*, single: bool) -> Iterator[ProcessPoolExecutor]:
    """A fresh one. Ours computes on one thread but for the text model, as `verdure` sets it; peers as they like."""
    if single:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context, initializer=tie_to_parent, initargs=(os.getpid(),)) as pool:
            yield pool
    finally:
        os.environ.pop("OPENBLAS_NUM_THREADS", None)


def prepared_model(folder: Path) -> Path:
    from verdure.engine.minilm import prepare_minilm

    prepare_minilm(folder)
    return folder


def options(about: str) -> argparse.ArgumentParser:
    """What every command that measures contenders understands."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, help="where the text model is, or is made; default: beside the folder")
    parser.add_argument("--budget", type=float, default=60, help="seconds for each row, after which it stops asking")
    parser.add_argument("--without", action="append", default=[], choices=PEERS, help="leave out a peer; repeatable")
    parser.add_argument("--alone", action="store_true", help="no peers")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    return parser


def measured(given: argparse.Namespace, ask: Callable[[Built], Questions], asked: Asked) -> None:
    """Every folder in turn: make the questions, ask every contender that was not left out, print, save."""
    about = machine()
    wanted = {
        name: groups for name, groups in asked.items() if name == US or not (given.alone or name in given.without)
    }
    rows: list[Timing] = []
    for folder in given.folders:
        built = Built(folder.resolve())
        print(f"\n{built.made.count:,} documents in {folder}; {machine()}", flush=True)
        questions, identity = ask(built), built.encoder.identity
        del built
        model = prepared_model(given.model or folder.resolve().parent / "model")
        rows += measure(folder.resolve(), model, questions, identity, wanted, budget=given.budget)
    if given.json:
        save(given.json, rows, {**about, "folders": [str(folder) for folder in given.folders]})
