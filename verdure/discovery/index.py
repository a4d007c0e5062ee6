"""The index as this process reads it."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from verdure.engine.index import Index
from verdure.engine.snapshot import Snapshot

from .model import encoder

__all__ = ["collection", "encoder", "reader", "warm"]


def reader() -> Index:
    """Sees every commit of the index worker. Opened once per process and folder."""
    return _opened(str(settings.INDEX_FOLDER))


def collection() -> Snapshot:
    """The index as it is now: its languages, the frequencies of its words, what is unrelated in it."""
    return reader()._snapshots.newest()


@cache
def _opened(folder: str) -> Index:
    return Index(settings.INDEX_FOLDER, encoder())


def warm() -> None:
    """Load the text model and run it once, so that the first reader of a fresh process need not wait for it."""
    if (model := encoder()) is not None:
        model.encode_queries(["solar pump"])
