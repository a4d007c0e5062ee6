"""The file of vectors saves work and never costs any: shared, killed, damaged, locked or lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.engine.tiny_models import make_model
from verdure.engine import vector_cache
from verdure.engine.encoder import Encoder, ModelSpec, Vectors, load_encoder
from verdure.engine.vector_cache import CachedEncoder, VectorFile


class Counted:
    """A true encoder that keeps a list of what it was asked for."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.encoder: Encoder = load_encoder(ModelSpec(folder=folder, **options), threads=1)  # type: ignore[arg-type]
        self.identity = self.encoder.identity
        self.dimension = self.encoder.dimension
        self.asked: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return self.encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return self.encoder.encode_passages(texts)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "vectors.sqlite"


def test_a_passage_is_encoded_once(model: Path, path: Path) -> None:
    counted = Counted(model)
    texts = ["sun", "wind", "sun", ""]
    first = CachedEncoder(counted, path).encode_passages(texts)
    second = CachedEncoder(counted, path).encode_passages(["water", *texts])
    assert counted.asked == ["sun", "wind", "", "water"]
    np.testing.assert_array_equal(first, counted.encoder.encode_passages(texts))
    np.testing.assert_array_equal(second[1:], first)
    assert CachedEncoder(counted, path).encode_passages([]).shape == (0, 4)


def test_models_share_a_file_without_mixing(model: Path, path: Path) -> None:
    one, other = Counted(model), Counted(model, pooling="cls")
    CachedEncoder(one, path).encode_passages(["sun"])
    vectors = CachedEncoder(other, path).encode_passages(["sun"])
    assert other.asked == ["sun"]
    np.testing.assert_array_equal(vectors, other.encoder.encode_passages(["sun"]))
    np.testing.assert_array_equal(
        CachedEncoder(one, path).encode_passages(["sun"]), one.encoder.encode_passages(["sun"])
    )
    assert one.asked == ["sun"]


def test_queries_are_kept_in_memory_only(model: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_cache, "QUERIES_KEPT", 2)
    counted = Counted(model, query_prefix="wind ")
    cached = CachedEncoder(counted, path)
    for text in ("sun", "water", "sun", "wind", "sun", "water"):
        np.testing.assert_array_equal(cached.encode_queries([text]), counted.encoder.encode_queries([text]))
    assert counted.asked == ["sun", "water", "wind", "water"]
    assert not path.exists()


def test_many_texts_are_read_in_portions(model: Path, path: Path) -> None:
    counted = Counted(model)
    texts = [f"sun {'wind ' * (number % 7)}{number}" for number in range(1203)]
    vectors = CachedEncoder(counted, path).encode_passages(texts)
    np.testing.assert_array_equal(CachedEncoder(counted, path).encode_passages(texts[::-1]), vectors[::-1])
    assert counted.asked == texts


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.lists(st.text(max_size=8), max_size=6), max_size=5))
def test_vectors_are_those_of_the_encoder_whatever_was_asked_before(
    model: Path, tmp_path: Path, calls: list[list[str]]
) -> None:
    counted = Counted(model)
    cached = CachedEncoder(counted, tmp_path / "vectors.sqlite")
    for texts in calls:
        np.testing.assert_array_equal(cached.encode_passages(texts), counted.encoder.encode_passages(texts))
    assert len(counted.asked) == len(set(counted.asked))


def overwrite_all(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)


def overwrite_tables(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:200] + b"\xff" * (len(content) - 200))


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def keep_other_tables(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE vector (something TEXT)")


@pytest.mark.parametrize("damage", [overwrite_all, overwrite_tables, cut_short, keep_other_tables])
def test_a_damaged_file_is_set_aside_and_made_anew(model: Path, path: Path, damage: object) -> None:
    assert callable(damage)
    counted = Counted(model)
    texts = [f"sun {number}" for number in range(200)]
    vectors = CachedEncoder(counted, path).encode_passages(texts)
    damage(path)
    damaged = path.stat().st_ino
    np.testing.assert_array_equal(CachedEncoder(counted, path).encode_passages(texts), vectors)
    assert path.with_name("vectors.sqlite.damaged").stat().st_ino == damaged != path.stat().st_ino
    counted.asked.clear()
    np.testing.assert_array_equal(CachedEncoder(counted, path).encode_passages(texts), vectors)
    assert counted.asked == []


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_overwritten_byte_ever_changes_a_vector(model: Path, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "vectors.sqlite"
    path.unlink(missing_ok=True)
    counted = Counted(model)
    texts = [f"sun {'wind ' * number}water" for number in range(20)]
    vectors = CachedEncoder(counted, path).encode_passages(texts)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=200)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    np.testing.assert_array_equal(CachedEncoder(counted, path).encode_passages(texts), vectors)


def test_a_vector_that_went_bad_is_replaced(model: Path, path: Path) -> None:
    counted = Counted(model)
    vectors = CachedEncoder(counted, path).encode_passages(["sun", "wind"])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE vector SET vector = zeroblob(16) WHERE rowid = 1")
    np.testing.assert_array_equal(CachedEncoder(counted, path).encode_passages(["sun", "wind"]), vectors)
    assert counted.asked[:2] == ["sun", "wind"]
    assert len(counted.asked) == 3
    CachedEncoder(counted, path).encode_passages(["sun", "wind"])
    assert len(counted.asked) == 3


def test_a_file_that_cannot_be_used_is_done_without(model: Path, path: Path) -> None:
    path.mkdir(parents=True)
    counted = Counted(model)
    np.testing.assert_array_equal(
        CachedEncoder(counted, path).encode_passages(["sun"]), counted.encoder.encode_passages(["sun"])
    )
    assert path.is_dir()


def test_a_locked_file_is_read_and_not_waited_for_for_ever(
    model: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "WAIT_SECONDS", 0.05)
    counted = Counted(model)
    CachedEncoder(counted, path).encode_passages(["sun"])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        vectors = CachedEncoder(counted, path).encode_passages(["sun", "wind"])
    np.testing.assert_array_equal(vectors, counted.encoder.encode_passages(["sun", "wind"]))
    assert counted.asked == ["sun", "wind"]
    assert not path.with_name("vectors.sqlite.damaged").exists()


def test_threads_may_share_one(model: Path, path: Path) -> None:
    cached = CachedEncoder(load_encoder(ModelSpec(folder=model)), path)
    texts = [f"sun {'water ' * (number % 9)}" for number in range(60)]
    expected = load_encoder(ModelSpec(folder=model)).encode_passages(texts)
    found: list[Vectors] = []
    threads = [
        threading.Thread(target=lambda: found.append(cached.encode_passages(texts) + cached.encode_queries(texts)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for vectors in found:
        np.testing.assert_array_equal(vectors, expected * 2)


def fill(model: Path, path: Path, texts: list[str]) -> None:
    """In a process of its own: every text in a call of its own, so that the two take turns as often as can be."""
    cached = CachedEncoder(load_encoder(ModelSpec(folder=model), threads=1), path)
    for text in texts:
        cached.encode_passages([text])


def test_two_processes_fill_one_file(model: Path, path: Path) -> None:
    texts = [f"sun {'wind ' * (number % 5)}{number}" for number in range(150)]
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=fill, args=(model, path, some)) for some in (texts[:100], texts[:49:-1])]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    counted = Counted(model)
    vectors = CachedEncoder(counted, path).encode_passages(texts)
    assert counted.asked == []
    np.testing.assert_array_equal(vectors, counted.encoder.encode_passages(texts))
    assert {entry.name for entry in path.parent.iterdir()} == {"vectors.sqlite"}


ENDLESS = """
import sys
from pathlib import Path
from verdure.engine.encoder import ModelSpec, load_encoder
from verdure.engine.vector_cache import CachedEncoder
cached = CachedEncoder(load_encoder(ModelSpec(folder=Path(sys.argv[1])), threads=1), Path(sys.argv[2]))
for number in range(10**9):
    cached.encode_passages([f"sun {number} {part}" for part in range(100)])
    print(number, flush=True)
"""


@pytest.mark.parametrize("pause", [0.0, 0.013, 0.041])
def test_what_was_returned_survives_a_killed_writer(model: Path, path: Path, pause: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(model), str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        done = [int(writer.stdout.readline()) for _ in range(3)][-1]
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
    counted = Counted(model)
    texts = [f"sun {number} {part}" for number in range(done + 1) for part in range(100)]
    vectors = CachedEncoder(counted, path).encode_passages(texts)
    assert counted.asked == []
    np.testing.assert_array_equal(vectors, counted.encoder.encode_passages(texts))


def test_a_read_uses_the_index(model: Path, path: Path) -> None:
    CachedEncoder(Counted(model), path).encode_passages(["sun"])
    with closing(VectorFile(path, identity="", dimension=4)._open()) as connection:
        query = "EXPLAIN QUERY PLAN " + vector_cache.SELECT.format(marks="?, ?")
        plan = [row[3] for row in connection.execute(query, ("", b"", b""))]
    assert any("vector" in step and "model=? AND text_sha256=?" in step for step in plan), plan
