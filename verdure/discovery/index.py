"""The index as this process reads it."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from verdure.engine.index import Index
from verdure.engine.snapshot import Snapshot
from verdure.engine.writer import IndexWriter

from .model import encoder
from .thesauri import thesaurus

__all__ = ["collection", "encoder", "reader", "warm", "writer"]


def writer() -> IndexWriter:
    """The one writer; waits a minute for another to end."""
    return IndexWriter(settings.INDEX_FOLDER, encoder(), thesaurus(), wait=60)


def reader() -> Index:
    """Sees every commit of the index worker. Opened once per process and folder."""
    return _opened(str(settings.INDEX_FOLDER))


def collection() -> Snapshot:
    """The index as it is now: its languages, the frequencies of its words, what is unrelated in it."""
    return reader().snapshot()


@cache
def _opened(folder: str) -> Index:
    return Index(settings.INDEX_FOLDER, encoder(), thesaurus())


def warm() -> None:
    """Load the text model and run it once, so that the first reader of a fresh process need not wait for it."""
    if (model := encoder()) is not None:
        model.encode_queries(["solar pump"])
