from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.samples import BagOfStems, ids_of, make_technology, shown
from verdure.engine import layout
from verdure.engine.documents import SearchRequest
from verdure.engine.index import Index
from verdure.engine.rows_writer import RowsWriter
from verdure.engine.writer import Applied, IndexWriter

ROOT = Path(__file__).resolve().parents[2]


def found(index: Index, text: str) -> list[int]:
    return ids_of(index.search(SearchRequest(text=text, mode="words")))


class CountingEncoder(BagOfStems):
    texts = 0

    def encode_passages(self, texts: Any) -> Any:
        self.texts += len(texts)
        return super().encode_passages(texts)


class Killed(BaseException):
    """Stands for the end of the process at one line."""


@pytest.mark.parametrize("step", ["append", "commit"])
def test_words_and_rows_agree_after_a_cut_between_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The words are committed, the rows are not: the next writer brings the rows up to the words."""
    encoder = BagOfStems()
    writer = IndexWriter(tmp_path, encoder)
    writer.apply([make_technology(1, "solar"), make_technology(2, "wind")])

    def killed(*given: Any, **named: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(RowsWriter, step, killed)
        with pytest.raises(Killed):
            writer.apply([make_technology(1, "tidal power"), make_technology(3, "hydrogen")])
        with pytest.raises(Killed):
            writer.apply(deletes=[2])
    writer.close()
    with IndexWriter(tmp_path, encoder) as again:
        index = Index(tmp_path, encoder)
        check_agreement(index, {1, 2, 3} & set(ids_of(index.search(SearchRequest(limit=99)))))
        again.apply([make_technology(1, "tidal power"), make_technology(3, "hydrogen")], deletes=[2])
    assert ids_of(Index(tmp_path, encoder).search(SearchRequest(text="tidal"))) == [1]
    check_agreement(Index(tmp_path, encoder), {1, 3})


def check_agreement(index: Index, ids: set[int]) -> None:
    """Every document of the rows is in the words and the reverse, and its vectors are those of its text."""
    encoder = BagOfStems()
    snapshot = index._snapshots.newest()
    assert set(snapshot.rows.ids.tolist()) == ids
    documents = snapshot.words.documents(sorted(ids))
    assert set(documents) == ids
    for identifier, document in documents.items():
        place = snapshot.rows.place(identifier)
        own = encoder.encode_passages([f"{document.texts[0].title}."])[0]
        assert float(snapshot.rows.similarities(own)[place]) == pytest.approx(1, abs=1e-4)
    assert snapshot.words.entries == len(ids)


CHILD = """
import sys
from pathlib import Path
from tests.engine.samples import BagOfStems, make_technology
from verdure.engine.writer import IndexWriter

folder, start = Path(sys.argv[1]), int(sys.argv[2])
with IndexWriter(folder, BagOfStems(), wait=5) as writer:
    print("ready", flush=True)
    for number in range(start, start + 10_000):
        writer.apply([make_technology(number % 40 + 1, f"word{number} thing")], deletes=[(number + 20) % 40 + 1])
        print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(20260705)
    start = 0
    for _ in range(6):
        last = run_and_kill(tmp_path, start, delay=chance.uniform(0.02, 0.35))
        with IndexWriter(tmp_path, BagOfStems(), wait=5):
            index = Index(tmp_path, BagOfStems())
            check_agreement(index, set(ids_of(index.search(SearchRequest(limit=99)))))
            if last is not None:
                hit = index.document(last % 40 + 1)
                assert hit is not None
                assert hit.texts[0].title in (f"word{last} thing", f"word{last + 40} thing")
                assert index.document((last + 20) % 40 + 1) is None
        start = (start if last is None else last) + 1


def run_and_kill(folder: Path, start: int, *, delay: float) -> int | None:
    """Runs a writer until some time after it is ready; the number of the last batch it acknowledged."""
    command = [sys.executable, "-c", CHILD, str(folder), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ}) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        numbers = [int(line) for line in child.stdout.read().split()]
    return numbers[-1] if numbers else None


def test_a_reader_sees_commits_of_another_process(tmp_path: Path) -> None:
    with IndexWriter(tmp_path) as writer:
        writer.apply([make_technology(1, "solar")])
    index = Index(tmp_path)
    assert found(index, "solar") == [1]
    code = (
        "import sys; from pathlib import Path; from tests.engine.samples import make_technology\n"
        "from verdure.engine.writer import IndexWriter\n"
        "with IndexWriter(Path(sys.argv[1])) as w: w.apply([make_technology(2, 'solar too')], deletes=[1])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
    assert found(index, "solar") == [2]


def test_readers_in_threads_never_see_a_half(tmp_path: Path) -> None:
    """While one thread replaces documents, rebuilds and compacts, the others always find each document once."""
    problems: list[str] = []
    done = threading.Event()
    encoder = BagOfStems()
    with IndexWriter(tmp_path, encoder) as writer:
        writer.apply([make_technology(n, f"solar {n}") for n in range(1, 9)])
        index = Index(tmp_path, encoder)
        readers = [threading.Thread(target=read_until, args=(index, done, problems)) for _ in range(3)]
        for reader in readers:
            reader.start()
        try:
            churn(writer)
        finally:
            done.set()
            for reader in readers:
                reader.join()
    assert problems == []


def churn(writer: IndexWriter) -> None:
    for turn in range(12):
        documents = [make_technology(n, f"solar {n} turn {turn}") for n in range(1, 9)]
        change: Callable[..., Applied] = writer.rebuild if turn % 5 == 4 else writer.apply
        change(documents)


def read_until(index: Index, done: threading.Event, problems: list[str]) -> None:
    while not done.is_set():
        try:
            results = index.search(SearchRequest(text="solar"))
            if results.total != 8 or sorted(ids_of(results)) != list(range(1, 9)):
                problems.append(f"{results.total}: {[(hit.id, shown(hit.title)) for hit in results.hits]}")
        except Exception as error:
            problems.append(repr(error))


@pytest.mark.parametrize("lost", ["rows/vectors-000001.bin", "rows/manifest.json", "words/meta.json", "rows", "."])
def test_a_damaged_index_can_be_rebuilt(tmp_path: Path, lost: str) -> None:
    with IndexWriter(tmp_path, BagOfStems()) as writer:
        writer.apply([make_technology(1, "solar")])
        assert writer.ids == {1}
    path = tmp_path / "g000001" / lost
    shutil.rmtree(path) if path.is_dir() else path.write_bytes(b"")
    with IndexWriter(tmp_path, BagOfStems()) as writer:
        assert writer.stale
        assert (writer.count, writer.ids) == (0, frozenset())
        writer.rebuild([make_technology(1, "solar"), make_technology(2, "solar")])
        assert writer.stale == ""
    assert sorted(ids_of(Index(tmp_path, BagOfStems()).search(SearchRequest(text="solar")))) == [1, 2]


def test_a_damaged_rebuild_is_begun_anew(tmp_path: Path) -> None:
    def interrupted() -> Any:
        yield from (make_technology(n, "solar") for n in range(1, 300))
        raise KeyboardInterrupt

    with IndexWriter(tmp_path) as writer:
        with pytest.raises(KeyboardInterrupt):
            writer.rebuild(interrupted())
        next((tmp_path / "building" / "rows").glob("rows-*")).write_bytes(b"")
        assert writer.rebuild([make_technology(1, "solar")]) == Applied(written=1)


def test_the_current_generation_is_a_plain_name(tmp_path: Path) -> None:
    IndexWriter(tmp_path).close()
    assert layout.current_generation(tmp_path) == tmp_path / "g000001"
