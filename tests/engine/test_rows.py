from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.engine.samples import make_need, make_technology
from verdure.engine import stored
from verdure.engine.documents import Document, IndexDamaged, IndexMissing
from verdure.engine.rows import MANIFEST, Manifest, Rows
from verdure.engine.rows_writer import NewRow, RowsWriter, concept_digest, stem_digest

DIMENSION = 4


def new_row(document: Document, *vectors: float) -> NewRow:
    """A row whose vectors are multiples of the first axis, all others 0."""
    rows = np.zeros((len(vectors), DIMENSION), np.float32)
    rows[:, 0] = vectors
    return NewRow(document, stored.digest(document), rows, ("sun", "pump", "sun"))


class Folder:
    """A folder of rows with its writers, which it closes."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self._stack = stack

    def writer(self) -> RowsWriter:
        RowsWriter.start(self.path, Manifest("test", DIMENSION))
        writer = RowsWriter(self.path)
        self._stack.callback(writer.close)
        return writer


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with ExitStack() as stack:
        yield Folder(tmp_path, stack)


AXIS = np.eye(DIMENSION, dtype=np.float32)[0]


def test_rows_are_missing_before_the_first_commit(folder: Folder) -> None:
    with pytest.raises(IndexMissing):
        Rows.open(folder.path)


def test_append_shows_with_commit(folder: Folder) -> None:
    writer = folder.writer()
    writer.append([new_row(make_technology(7), 0.5, 0.9), new_row(make_technology(3), 0.2), new_row(make_need(9))])
    assert len(Rows.open(folder.path)) == 0
    writer.commit()
    rows = Rows.open(folder.path)
    assert rows.ids.tolist() == [7, 3, 9]
    assert rows.similarities(AXIS).tolist() == pytest.approx([0.9, 0.2, -1])
    assert rows.first_vectors(np.array([1, 2, 0]))[:, 0].tolist() == pytest.approx([0.2, 0, 0.5])
    assert rows.technology.tolist() == [True, True, False]
    assert rows.places(np.array([3, 4, 9, 7])).tolist() == [1, -1, 2, 0]


def test_a_later_row_replaces_and_deletes(folder: Folder) -> None:
    writer = folder.writer()
    writer.append(
        [new_row(make_technology(1), 0.1), new_row(make_technology(2), 0.2), new_row(make_technology(3), 0.3)]
    )
    writer.commit()
    writer.append([new_row(make_technology(1, "New"), 0.8)], without=[2, 99])
    writer.commit()
    rows = Rows.open(folder.path)
    assert rows.ids.tolist() == [3, 1]
    assert rows.similarities(AXIS).tolist() == pytest.approx([0.3, 0.8])
    assert sorted(writer.digests) == [1, 3]


def test_facts_are_found_and_counted(folder: Folder) -> None:
    writer = folder.writer()
    solar = make_technology(1, fields=("energy.solar.pv", "energy.solar.heat"), country="KE", places=("KE",))
    wind = make_technology(2, fields=("energy.wind",), country="DE", readiness=5)
    writer.append([new_row(solar), new_row(wind)])
    writer.commit()
    rows = Rows.open(folder.path)
    assert rows.with_facts("field", ["energy"]).tolist() == [True, True]
    assert rows.with_facts("field", ["energy.solar", "nothing"]).tolist() == [True, False]
    assert rows.with_facts("place", ["KE"]).tolist() == [True, False]
    assert rows.with_any("readiness").tolist() == [False, True]
    counts = dict(zip(rows.facts, rows.fact_counts(np.array([0, 1])).tolist(), strict=True))
    assert counts["field", "energy"] == 2
    assert counts["field", "energy.solar"] == 1
    assert rows.fact_counts(np.array([], dtype=np.int64)).sum() == 0


def test_compact_keeps_what_lives(folder: Folder) -> None:
    writer = folder.writer()
    for title in ("a", "b", "c"):
        writer.append([new_row(make_technology(n, title, fields=(f"f.{n}",)), n / 10, n / 20) for n in range(1, 6)])
        writer.commit()
    writer.append([], without=[2])
    writer.commit()
    before = Rows.open(folder.path)
    writer.compact()
    after = Rows.open(folder.path)
    assert after.ids.tolist() == before.ids.tolist() == [1, 3, 4, 5]
    assert after.similarities(AXIS).tolist() == before.similarities(AXIS).tolist()
    assert after.facts == before.facts
    everything = np.arange(4)
    assert after.fact_counts(everything).tolist() == before.fact_counts(everything).tolist()
    assert after.manifest.rows == 4
    assert sorted(path.name for path in folder.path.glob("*-000001.*")) == []
    writer.append([new_row(make_technology(6), 0.6)])
    writer.commit()
    assert Rows.open(folder.path).ids.tolist() == [1, 3, 4, 5, 6]


def test_what_was_not_committed_is_cut_off(folder: Folder) -> None:
    writer = folder.writer()
    writer.append([new_row(make_technology(1), 0.1)])
    writer.commit()
    writer.append([new_row(make_technology(2, country="KE"), 0.2)])
    writer.close()
    again = folder.writer()
    again.append([new_row(make_technology(3, country="DE"), 0.3)])
    again.commit()
    rows = Rows.open(folder.path)
    assert rows.ids.tolist() == [1, 3]
    assert rows.similarities(AXIS).tolist() == pytest.approx([0.1, 0.3])
    assert rows.with_facts("country", ["DE"]).tolist() == [False, True]


def test_rollback_forgets(folder: Folder) -> None:
    writer = folder.writer()
    writer.append([new_row(make_technology(1), 0.1)])
    writer.rollback()
    writer.append([new_row(make_technology(2), 0.2)])
    writer.commit()
    assert Rows.open(folder.path).ids.tolist() == [2]


def test_terms_are_counted_and_survive_compaction(folder: Folder) -> None:
    writer = folder.writer()
    writer.append([new_row(make_technology(1)), new_row(make_technology(2))])
    writer.commit()
    writer.append([], without=[1])
    writer.commit()
    writer.compact()
    starts, terms, lengths = Rows.open(folder.path).terms_of(np.array([0]))
    counts = dict(zip(terms["stem"].tolist(), terms["count"].tolist(), strict=True))
    assert (starts.tolist(), lengths.tolist()) == ([0, 2], [3])
    assert counts == {stem_digest("sun"): 2, stem_digest("pump"): 1}


def test_words_held_are_weighed(folder: Folder) -> None:
    writer = folder.writer()
    technology = make_technology(1)
    named = NewRow(technology, stored.digest(technology), np.zeros((0, DIMENSION), np.float32), ("wind",), {"c-1": 2})
    writer.append([named, new_row(make_technology(2), 0.5), new_row(make_technology(3), 0.5)])
    writer.commit()
    sun, wind, concept = (stem_digest("sun"), stem_digest("pump")), (stem_digest("wind"),), (concept_digest("c-1"),)
    found = Rows.open(folder.path).held(np.array([0, 2]), [sun, wind, concept, ()], [0.5, 0.25, 0.125, 1])
    assert found.tolist() == [0.375, 0.5]
    starts, terms, lengths = Rows.open(folder.path).terms_of(np.array([0, 1]))
    assert (starts.tolist(), lengths.tolist()) == ([0, 1, 3], [1, 3])
    assert not terms["concept"].any()


def test_the_nearest_are_likely_by_their_signs_and_told_by_their_codes(folder: Folder) -> None:
    random = np.random.default_rng(11)
    RowsWriter.start(folder.path / "wide", Manifest("test", 128))
    writer = RowsWriter(folder.path / "wide")
    centres = random.standard_normal((12, 128))
    vectors = (centres[random.integers(12, size=600)] + random.standard_normal((600, 128))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    documents = [make_technology(n + 1) for n in range(600)]
    writer.append([NewRow(one, stored.digest(one), vectors[n : n + 1]) for n, one in enumerate(documents)])
    writer.commit()
    writer.close()
    rows = Rows.open(folder.path / "wide")
    exact = rows.similarities(vectors[0])
    likely = np.argsort(-rows.estimates(vectors[0]))[:150]
    assert set(np.argsort(-exact)[:5].tolist()) <= set(likely.tolist())
    assert rows.likeness(vectors[0], likely) == pytest.approx(exact[likely], abs=0.01)


def test_a_shortened_file_is_damage(folder: Folder) -> None:
    writer = folder.writer()
    writer.append([new_row(make_technology(1, country="KE"), 0.1)])
    writer.commit()
    for name in Manifest.read(folder.path).sizes():
        copy = folder.path / f"copy-{name}"
        shutil.copytree(folder.path, copy, ignore=shutil.ignore_patterns("copy-*"))
        path = Manifest.read(copy).path(copy, name)
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(IndexDamaged):
            Rows.open(copy)


def test_an_unreadable_manifest_is_damage(folder: Folder) -> None:
    folder.writer()
    (folder.path / MANIFEST).write_text("{")
    with pytest.raises(IndexDamaged):
        Rows.open(folder.path)


steps = st.lists(
    st.tuples(st.lists(st.integers(1, 6), max_size=4), st.lists(st.integers(1, 6), max_size=2), st.booleans()),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(steps=steps, torn=st.integers(0, 200))
def test_rows_hold_exactly_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[list[int], list[int], bool]], torn: int
) -> None:
    """Against a plain dict: batches with deletions, some compacted, then a tail of rubbish as a crash leaves it."""
    with ExitStack() as stack:
        _check_steps(Folder(tmp_path_factory.mktemp("rows"), stack), steps, torn)


def _check_steps(folder: Folder, steps: list[tuple[list[int], list[int], bool]], torn: int) -> None:
    writer = folder.writer()
    expected: dict[int, float] = {}
    value = 0.0
    for added, gone, compact in steps:
        rows = []
        for identifier in dict.fromkeys(added):
            value += 0.01
            rows.append(new_row(make_technology(identifier, f"{value}"), value, 0.0))
            expected[identifier] = value
        writer.append(rows, without=gone)
        for identifier in gone:
            expected.pop(identifier, None)
        writer.commit()
        if compact:
            writer.compact()
    writer.close()
    for name in writer.manifest.sizes():
        with writer.manifest.path(folder.path, name).open("ab") as file:
            file.write(b"\x7f" * torn)
    found = Rows.open(folder.path)
    assert dict(zip(found.ids.tolist(), found.similarities(AXIS).tolist(), strict=True)) == pytest.approx(expected)
    again = folder.writer()
    again.append([new_row(make_technology(50), 0.5)])
    again.commit()
    assert set(Rows.open(folder.path).ids.tolist()) == {*expected, 50}
