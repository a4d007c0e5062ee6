"""The index as this process uses it: in the data folder, or in the cluster that SEARCH_URL names."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.index import Index
from verdure.engine.protocol import IndexWriting, SearchIndex
from verdure.engine.snapshot import Snapshot
from verdure.engine.writer import IndexWriter

from .model import encoder
from .thesauri import thesaurus

__all__ = ["collection", "encoder", "reader", "warm", "writer"]

TURN = 60.0  # seconds to wait for another writer
PATIENCE = 10.0  # seconds to go on trying while the cluster elects or moves; after that the job waits instead


def writer() -> IndexWriting:
    """The one writer, a context manager. Raises IndexBusy, and SearchUnavailable when the cluster does not answer."""
    if settings.SEARCH_URL:
        from verdure.engine.cluster.writer import ClusterWriter

        address = ClusterAddress.parse(settings.SEARCH_URL)
        return ClusterWriter(address, encoder(), thesaurus(), wait=TURN, patience=PATIENCE)
    return IndexWriter(settings.INDEX_FOLDER, encoder(), thesaurus(), wait=TURN)


def reader() -> SearchIndex:
    """Sees every commit of the index worker. Opened once per process and place."""
    return _opened(settings.SEARCH_URL, str(settings.INDEX_FOLDER))


def collection() -> Snapshot | None:
    """The index as it is now, for what goes over all of it; None where a cluster holds it."""
    index = reader()
    return index.snapshot() if isinstance(index, Index) else None


@cache
def _opened(url: str, folder: str) -> SearchIndex:
    if url:
        # The client is a large library that a site without a cluster never loads.
        from verdure.engine.cluster.index import ClusterIndex

        return ClusterIndex(ClusterAddress.parse(url), encoder(), thesaurus())
    return Index(settings.INDEX_FOLDER, encoder(), thesaurus())


def warm() -> None:
    """Load the text model and run it once, so that the first reader of a fresh process need not wait for it."""
    if (model := encoder()) is not None:
        model.encode_queries(["solar pump"])
