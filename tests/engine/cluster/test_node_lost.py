"""`kill -9` of a node under load: nothing that was acknowledged is lost, and nobody who asks sees an error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.engine.samples import BagOfStems, make_technology
from tests.search_cluster import elected
from tools.cluster.nodes import LocalCluster
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.index import ClusterIndex
from verdure.engine.cluster.writer import ClusterWriter
from verdure.engine.documents import SearchRequest

BATCHES_BEFORE, BATCHES_AFTER = 4, 12
BATCH = 5
READERS = 3


class Readers:
    """Threads that ask all the time; `problems` holds what went wrong."""

    def __init__(self, address: ClusterAddress) -> None:
        self._index = ClusterIndex(address, BagOfStems())
        self.problems: list[BaseException] = []
        self.answers = 0
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(READERS)]

    @contextmanager
    def asking(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in self._threads:
                thread.join()
            self._index.close()

    def _ask(self, number: int) -> None:
        while not self._ended.wait(0.02):
            try:
                found = self._index.search(SearchRequest(text="solar pump", limit=10))
                assert found.total >= BATCH
                assert self._index.document(1) is not None
                assert self._index.similar(1)
                self.answers += 1
            except BaseException as problem:
                self.problems.append(problem)


def put(writer: ClusterWriter, batch: int) -> set[int]:
    """Returns the ids once they are acknowledged."""
    documents = [make_technology(batch * BATCH + n, f"Solar pump {batch} {n}") for n in range(1, BATCH + 1)]
    assert writer.apply(documents).written == BATCH
    return {document.id for document in documents}


def test_a_node_killed_under_load_loses_nothing(search_cluster: LocalCluster, address: ClusterAddress) -> None:
    victim = elected(search_cluster)
    acknowledged: set[int] = set()
    with ClusterWriter(address, BagOfStems()) as writer:
        acknowledged |= put(writer, 0)
        search_cluster.wait_for(3, status="green")
        readers = Readers(address)
        try:
            with readers.asking():
                for batch in range(1, BATCHES_BEFORE):
                    acknowledged |= put(writer, batch)
                search_cluster.kill(victim)
                for batch in range(BATCHES_BEFORE, BATCHES_AFTER):
                    acknowledged |= put(writer, batch)
            assert readers.problems == []
            assert readers.answers > 0
            assert writer.ids == acknowledged
        finally:
            search_cluster.start(victim)
    index = ClusterIndex(address, BagOfStems())
    found = index.search(SearchRequest(text="solar pump", limit=100))
    assert {hit.id for hit in found.hits} == acknowledged
    index.close()
    search_cluster.wait_for(3, status="green")


def test_a_rebuild_goes_on_when_a_node_is_killed(search_cluster: LocalCluster, address: ClusterAddress) -> None:
    documents = [make_technology(n, f"Solar pump {n}") for n in range(1, 601)]
    victim = search_cluster.numbers[-1]

    def told(done: int) -> None:
        if done == 256:
            search_cluster.kill(victim)

    with ClusterWriter(address) as writer:
        writer.apply([make_technology(999, "Wind pump")])
        try:
            assert writer.rebuild(documents, progress=told).written == 600
        finally:
            search_cluster.start(victim)
        assert writer.ids == {document.id for document in documents}
    search_cluster.wait_for(3, status="green")
