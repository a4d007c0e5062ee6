"""Putting documents in, taking them out, building anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.engine.conformance.backends import Place
from tests.engine.samples import BagOfStems, ids_of, make_need, make_technology
from verdure.engine.documents import Document, IndexBusy, IndexMissing, SearchRequest
from verdure.engine.protocol import Applied, SearchIndex
from verdure.engine.writer import IndexStale


def found(index: SearchIndex, text: str) -> list[int]:
    return ids_of(index.search(SearchRequest(text=text, mode="words")))


class CountingEncoder(BagOfStems):
    texts = 0

    def encode_passages(self, texts):  # type: ignore[no-untyped-def]
        self.texts += len(texts)
        return super().encode_passages(texts)


def test_what_apply_did_is_seen_once_it_returns(place: Place) -> None:
    with place.writer(BagOfStems()) as writer:
        index = place.reader(BagOfStems())
        assert (writer.stale, writer.count, writer.ids) == ("", 0, frozenset())
        assert index.search(SearchRequest(text="solar")).total == 0
        assert writer.apply([make_technology(1, "solar"), make_need(2, "wind")]) == Applied(written=2)
        assert (found(index, "solar"), found(index, "wind")) == ([1], [2])
        assert writer.apply([make_technology(1, "tidal"), make_need(2, "wind")]) == Applied(written=1, unchanged=1)
        assert (found(index, "solar"), found(index, "tidal")) == ([], [1])
        assert writer.apply(deletes=[1, 77]) == Applied(removed=1)
        assert (found(index, "tidal"), writer.count, writer.ids) == ([], 1, frozenset({2}))
        assert index.document(1) is None


def test_a_batch_applied_twice_is_applied_once(place: Place) -> None:
    batch = [make_technology(n, f"solar {n}") for n in range(1, 4)]
    encoder = CountingEncoder()
    with place.writer(encoder) as writer:
        assert writer.apply(batch, [7]) == Applied(written=3)
        encoder.texts = 0
        assert writer.apply(batch, [7]) == Applied(unchanged=3)
        assert encoder.texts == 0
    assert sorted(found(place.reader(encoder), "solar")) == [1, 2, 3]


def test_apply_keeps_the_last_of_two_in_one_batch(place: Place) -> None:
    with place.writer() as writer:
        writer.apply([make_technology(1, "solar"), make_technology(1, "tidal")])
    index = place.reader()
    assert (found(index, "solar"), found(index, "tidal")) == ([], [1])


def test_there_is_one_writer_at_a_time(place: Place) -> None:
    first = place.writer()
    with pytest.raises(IndexBusy):
        place.writer()
    threading.Timer(0.5, first.close).start()
    place.writer(wait=10).close()


def test_a_reader_needs_an_index(place: Place) -> None:
    with pytest.raises(IndexMissing):
        place.reader().search(SearchRequest(text="x"))


def test_another_encoder_makes_the_index_stale(place: Place) -> None:
    with place.writer(BagOfStems("one")) as writer:
        writer.apply([make_technology(1, "solar")])
        assert writer.stale == ""
    with place.writer(BagOfStems("two")) as writer:
        assert "encoder one" in writer.stale
        with pytest.raises(IndexStale):
            writer.apply([make_technology(2, "wind")])
        assert place.reader(BagOfStems("two")).search(SearchRequest(text="solar")).mode == "words"
        writer.rebuild([make_technology(2, "wind")])
        assert writer.stale == ""
    results = place.reader(BagOfStems("two")).search(SearchRequest(text="wind"))
    assert (results.mode, ids_of(results)) == ("hybrid", [2])


def test_rebuild_replaces_everything_and_tells_how_far_it_is(place: Place) -> None:
    told: list[int] = []
    with place.writer() as writer:
        writer.apply([make_technology(1, "solar"), make_technology(2, "wind")])
        index = place.reader()
        assert found(index, "solar") == [1]
        documents = (make_technology(n, f"tidal {n}") for n in range(2, 302))
        assert writer.rebuild(documents, progress=told.append) == Applied(written=300)
        assert told == [256, 300]
        assert (found(index, "solar"), index.state().documents) == ([], 300)
        writer.apply([make_technology(1, "solar")])
        assert found(index, "solar") == [1]


def test_rebuild_goes_on_where_it_was(place: Place) -> None:
    encoder = CountingEncoder()

    def interrupted() -> Iterator[Document]:
        yield from (make_technology(n, f"solar {n}") for n in range(1, 301))
        raise KeyboardInterrupt

    with place.writer(encoder) as writer:
        writer.apply([make_technology(999, "old")])
        with pytest.raises(KeyboardInterrupt):
            writer.rebuild(interrupted())
        assert found(place.reader(encoder), "old") == [999]
    encoder.texts = 0
    with place.writer(encoder) as writer:
        documents = [make_technology(n, f"solar {n}") for n in range(2, 261)]
        done = writer.rebuild(documents)
        assert done == Applied(written=4, removed=1, unchanged=255)
        assert writer.ids == frozenset(range(2, 261))
    assert found(place.reader(encoder), "old") == []


def test_readers_see_a_whole_index_while_another_takes_its_place(place: Place) -> None:
    """Before the switch all of the old, after it all of the new: never a mixture, never an error."""
    old = [make_technology(n, "solar pump") for n in range(1, 6)]
    new = [make_technology(n, "solar pump") for n in range(11, 19)]
    seen: list[frozenset[int]] = []
    ended = threading.Event()
    with place.writer() as writer:
        writer.apply(old)
        index = place.reader()

        def look() -> None:
            while not ended.wait(0.01):
                seen.append(frozenset(found(index, "solar")))

        reader = threading.Thread(target=look)
        reader.start()
        try:
            for documents in (new, old, new):
                writer.rebuild(documents)
        finally:
            ended.set()
            reader.join()
    whole = {frozenset(range(1, 6)), frozenset(range(11, 19))}
    assert set(seen) <= whole
    assert frozenset(found(index, "solar")) == frozenset(range(11, 19))


def test_readers_and_the_writer_do_not_disturb_each_other(place: Place) -> None:
    """Each document says its number twice; a reader never finds one half changed."""
    with place.writer() as writer:
        writer.apply([make_technology(1, "even solar", "even")])
        index = place.reader()
        wrong: list[object] = []
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(0.01):
                hits = [hit for word in ("even", "odd") for hit in index.search(SearchRequest(text=word)).hits]
                wrong.extend(hit for hit in hits if hit.title[0][0].split()[0] != hit.summary[0][0])

        readers = [threading.Thread(target=look) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            for number in range(6):
                word = "odd" if number % 2 else "even"
                writer.apply([make_technology(1, f"{word} solar", word)])
        finally:
            ended.set()
            for reader in readers:
                reader.join()
    assert wrong == []
