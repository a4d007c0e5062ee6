"""The search backends, each as a place where an index may be made, written and read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tests.engine.samples import BagOfStems
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.connection import Connection
from verdure.engine.cluster.index import ClusterIndex
from verdure.engine.cluster.writer import ClusterWriter
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document, EngineError
from verdure.engine.index import Index
from verdure.engine.protocol import IndexWriting, SearchIndex
from verdure.engine.query import NO_CONCEPTS
from verdure.engine.writer import IndexWriter


class Place(Protocol):
    """Where one index lies, empty at first."""

    def reader(self, encoder: BagOfStems | None = None, thesaurus: Thesaurus = NO_CONCEPTS) -> SearchIndex: ...

    def writer(
        self, encoder: BagOfStems | None = None, thesaurus: Thesaurus = NO_CONCEPTS, *, wait: float = 0.0
    ) -> IndexWriting: ...

    def close(self) -> None: ...


Backend = Callable[[], Place]


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def reader(self, encoder: BagOfStems | None = None, thesaurus: Thesaurus = NO_CONCEPTS) -> SearchIndex:
        return Index(self.path, encoder, thesaurus)

    def writer(
        self, encoder: BagOfStems | None = None, thesaurus: Thesaurus = NO_CONCEPTS, *, wait: float = 0.0
    ) -> IndexWriting:
        return IndexWriter(self.path, encoder, thesaurus, wait=wait)

    def close(self) -> None:
        """Folders of tests go by themselves."""


class Prefix:
    """Given back to those that are `free` once nothing lies there any more."""

    def __init__(self, address: ClusterAddress, free: list[ClusterAddress]) -> None:
        self.address = address
        self._free = free
        self._readers: list[ClusterIndex] = []

    def reader(self, encoder: BagOfStems | None = None, thesaurus: Thesaurus = NO_CONCEPTS) -> SearchIndex:
        self._readers.append(ClusterIndex(self.address, encoder, thesaurus))
        return self._readers[-1]

    def writer(
        self, encoder: BagOfStems | None = None, thesaurus: Thesaurus = NO_CONCEPTS, *, wait: float = 0.0
    ) -> IndexWriting:
        return ClusterWriter(self.address, encoder, thesaurus, wait=wait)

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        remove(self.address, "0*")
        self._free.append(self.address)


def remove(address: ClusterAddress, which: str = "*") -> None:
    """What lies under a prefix."""
    connection = Connection(address)
    with suppress(EngineError):
        for name in connection.get(f"/{address.prefix}-{which}/_mapping"):
            connection.delete(f"/{name}")
    connection.close()


def filled(
    place: Place, *documents: Document, encoder: BagOfStems | None = None, thesaurus: Thesaurus = NO_CONCEPTS
) -> SearchIndex:
    """Holding these documents, and ready to be asked."""
    with place.writer(encoder, thesaurus) as writer:
        writer.apply(documents)
    return place.reader(encoder, thesaurus)
