"""Writing the index in a cluster: bulk by bulk, each tried until the cluster has taken it.

What `apply` has acknowledged is in the translog of every copy of its shard that is in use, and visible. A rebuild fills
an index that no reader sees, and then moves the alias in one step; killed, it is found and filled further.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np

from verdure.engine import stored
from verdure.engine.background import SENTENCES, background_of
from verdure.engine.cluster import layout
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.connection import FIRST_PAUSE, LONGEST_PAUSE, PATIENT, ClusterRefused, Connection, Json
from verdure.engine.cluster.entries import Vectors, entry_of
from verdure.engine.cluster.lock import ClusterLock
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document, IndexDamaged, IndexMissing, SearchUnavailable
from verdure.engine.query import NO_CONCEPTS
from verdure.engine.reading import Reading, languages_of
from verdure.engine.writer import BATCH, Applied, Encodes, IndexStale, Progress

BULK_BYTES = 5_000_000
"""A bulk is sent when it has grown to this."""

PAGE = 5_000
"""Ids that are read at a time."""


class ClusterWriter:
    """An `IndexWriting`: the one writer of a prefix over all machines. Creates an empty index if there is none.

    `wait` is how many seconds to wait for another writer before IndexBusy, `patience` how many to go on trying while
    the cluster is in trouble before SearchUnavailable.
    """

    def __init__(
        self,
        address: ClusterAddress,
        encoder: Encodes | None = None,
        thesaurus: Thesaurus = NO_CONCEPTS,
        *,
        wait: float = 0.0,
        patience: float = PATIENT,
    ) -> None:
        self._connection = Connection(address, patience=patience)
        self._encoder = encoder
        self._thesaurus = thesaurus
        self._reading = Reading(thesaurus, languages_of(encoder))
        self._is_new = False
        try:
            self._lock = ClusterLock(self._connection, wait=wait)
        except BaseException:
            self._connection.close()
            raise
        try:
            self._name, self._stale = self._opened()
        except BaseException:
            self.close()
            raise

    def _opened(self) -> tuple[str, str]:
        try:
            name, made = layout.current(self._connection)
        except IndexMissing:
            made = self._made()
            name = layout.create(self._connection, made)
            layout.promote(self._connection, name)
            self._is_new = True
        except IndexDamaged as error:
            return "", str(error)
        wanted = layout.settings_of(self._encoder, self._thesaurus)
        return name, "" if made.settings == wanted else f"made with “{made.settings}”, now “{wanted}”"

    def _made(self) -> layout.Made:
        settings = layout.settings_of(self._encoder, self._thesaurus)
        if self._encoder is None:
            return layout.Made(settings, 0, 0.0, 0.1)
        unrelated = background_of(self._encoder.encode_passages(SENTENCES))
        return layout.Made(settings, self._encoder.dimension, unrelated.mean, unrelated.spread)

    @property
    def stale(self) -> str:
        """Why the index must be rebuilt before it takes changes, or ""."""
        return self._stale

    @property
    def is_new(self) -> bool:
        """Whether there was no index, so that an empty one had to be made."""
        return self._is_new

    @property
    def ids(self) -> frozenset[int]:
        """Ids of the documents in the index."""
        return frozenset(self._ids(self._name)) if self._name else frozenset()

    @property
    def count(self) -> int:
        """Documents in the index."""
        return int(self._connection.post(f"/{self._name}/_count")["count"]) if self._name else 0

    def apply(self, upserts: Iterable[Document] = (), deletes: Iterable[int] = ()) -> Applied:
        """Put documents in and take ids out; safe and visible when it returns. Unchanged documents cost little."""
        if self._stale:
            raise IndexStale(self._stale)
        done = Applied()
        for batch in _batches(upserts):
            done += self._put(self._name, batch)
        done += self._delete(self._name, list(dict.fromkeys(deletes)))
        self._refresh(self._name)
        return done

    def rebuild(self, documents: Iterable[Document], *, progress: Progress | None = None) -> Applied:
        """Build anew beside the index that is used, then put it in its place; documents not given are gone.

        Interrupted, it goes on where it was when called again: what was finished is not made twice.
        """
        building = self._building()
        done, seen, count = Applied(), set[int](), 0
        for batch in _batches(documents):
            done += self._put(building, batch)
            seen.update(document.id for document in batch)
            count += len(batch)
            if progress:
                progress(count)
        self._refresh(building)
        done += self._delete(building, [identifier for identifier in self._ids(building) if identifier not in seen])
        self._refresh(building)
        self._lock.check()
        layout.promote(self._connection, building)
        self._name, self._stale = building, ""
        return done

    def _building(self) -> str:
        """The index that an interrupted rebuild left, if it is still of use; else a new one."""
        made = self._made()
        for name, other in layout.all_indices(self._connection).items():
            if name == self._name:
                continue
            if other is not None and other.settings == made.settings:
                return name
            self._connection.delete(f"/{name}")
        return layout.create(self._connection, made)

    def _put(self, index: str, documents: Sequence[Document]) -> Applied:
        latest = {document.id: document for document in documents}
        there = self._connection.sources(index, latest, "digest")
        changed = [
            document
            for document in latest.values()
            if there.get(document.id, {}).get("digest") != stored.digest(document)
        ]
        lines = (
            _put_line(document, entry_of(document, vectors, self._thesaurus))
            for document, vectors in zip(changed, self._vectors(changed), strict=True)
        )
        self._bulk(index, lines)
        return Applied(written=len(changed), unchanged=len(latest) - len(changed))

    def _delete(self, index: str, ids: Sequence[int]) -> Applied:
        removed = 0
        for start in range(0, len(ids), PAGE):
            there = self._connection.sources(index, ids[start : start + PAGE], "digest")
            self._bulk(index, (json.dumps({"delete": {"_id": str(identifier)}}) + "\n" for identifier in there))
            removed += len(there)
        return Applied(removed=removed)

    def _vectors(self, documents: Sequence[Document]) -> list[Vectors]:
        if self._encoder is None:
            return [np.zeros((0, 0), np.float32)] * len(documents)
        pieces = [self._reading.passages(document) for document in documents]
        vectors = self._encoder.encode_passages([piece for of_one in pieces for piece in of_one])
        ends = np.cumsum([len(of_one) for of_one in pieces]).tolist()
        return [vectors[end - len(of_one) : end] for of_one, end in zip(pieces, ends, strict=True)]

    def _bulk(self, index: str, operations: Iterable[str]) -> None:
        """Each operation is its one or two lines."""
        for bulk in _bulks(operations):
            self._lock.check()
            _Bulk(self._connection, index, bulk).send()

    def _refresh(self, index: str) -> None:
        self._connection.post(f"/{index}/_refresh")

    def _ids(self, index: str) -> Iterator[int]:
        """All ids, in order."""
        body: Json = {"size": PAGE, "sort": [{"number": "asc"}], "stored_fields": "_none_"}
        body |= {"docvalue_fields": ["number"], "query": {"match_all": {}}, "track_total_hits": False}
        while hits := self._connection.search(index, body)["hits"]["hits"]:
            yield from (int(hit["fields"]["number"][0]) for hit in hits)
            body["search_after"] = hits[-1]["sort"]

    def close(self) -> None:
        self._lock.release()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Bulk:
    """Operations that are sent together; those that the cluster could not do now are sent again."""

    def __init__(self, connection: Connection, index: str, operations: Sequence[str]) -> None:
        self._connection = connection
        self._index = index
        self._waiting = list(operations)

    def send(self) -> None:
        """Returns when every operation is done; doing one twice does no harm."""
        until, pause = time.monotonic() + self._connection.patience, FIRST_PAUSE
        while True:
            answer = self._connection.post(f"/{self._index}/_bulk?timeout=10s", "".join(self._waiting))
            self._waiting, reason = self._left(answer)
            if not self._waiting:
                return
            if time.monotonic() + pause > until:
                raise SearchUnavailable(f"{len(self._waiting)} operations could not be done: {reason}")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _left(self, answer: Json) -> tuple[list[str], str]:
        """Operations to try again, and why the last of them is among them. Raises ClusterRefused."""
        left, reason = [], ""
        for operation, outcome in zip(self._waiting, answer["items"], strict=True):
            ((verb, told),) = outcome.items()
            status = told["status"]
            if status < 300 or (verb == "delete" and status == 404):
                continue
            reason = str(told.get("error"))
            if status != 429 and status < 500:
                raise ClusterRefused(f"the search cluster refuses entry {told['_id']}: {reason}")
            left.append(operation)
        return left, reason


def _put_line(document: Document, entry: Json) -> str:
    return f"{json.dumps({'index': {'_id': str(document.id)}})}\n{json.dumps(entry)}\n"


def _bulks(operations: Iterable[str]) -> Iterator[list[str]]:
    bulk: list[str] = []
    size = 0
    for operation in operations:
        bulk.append(operation)
        size += len(operation)
        if size >= BULK_BYTES:
            yield bulk
            bulk, size = [], 0
    if bulk:
        yield bulk


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
