"""Stored queries: what their owners do with them, and which of them a new or edited listing meets.

The database is the truth; the engine's store, in a folder of the index, is a copy for asking them all at once, which
jobs of the one index worker keep. A query that was saved a moment ago is "pending" until then, and is asked from the
database, so none is missed in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from verdure.accounts.models import User
from verdure.core.activity import record
from verdure.core.progress import Progress, silent
from verdure.engine import stored_queries as engine
from verdure.engine.documents import FILTERS, Document, IndexDamaged, IndexMissing
from verdure.engine.query import parse
from verdure.engine.query_forms import Numbered, weights_of
from verdure.engine.reading import Reading, languages_of
from verdure.engine.stored_queries_writer import StoredQueriesWriter, StoredQuery as Asked, in_memory, settings_of
from verdure.engine.writer import settings_of as analysis_of

from .documents import documents_of
from .index import encoder, reader
from .models import StoredQuery, StoredQueryHit
from .thesauri import thesaurus

MOST = 100  # stored queries of one person
LONGEST = 2_000  # characters
MOST_VALUES = 100  # of one filter
BATCH = 500
MOST_PENDING = 1_000  # asked from the database; with more, the store is waited for


class NothingAsked(ValueError):
    def __init__(self) -> None:
        super().__init__(_("Type some words or choose a filter: a search for everything cannot be saved."))


class TooManyStoredQueries(ValueError):
    def __init__(self) -> None:
        super().__init__(_("You have %(count)s saved searches, which is the most. Remove one first.") % {"count": MOST})


class StoreBehind(RuntimeError):
    """The engine's store does not hold all queries yet: the job is done again later."""


@transaction.atomic
def store_query(*, text: str, filters: Mapping[str, Sequence[str]], language: str = "", by: User) -> StoredQuery:
    """Save a search. Raises NothingAsked, TooManyStoredQueries; ValueError for a filter that does not exist."""
    values = _values(text, filters, language)
    if StoredQuery.objects.filter(owner=by).count() >= MOST:
        raise TooManyStoredQueries
    query = StoredQuery.objects.create(owner=by, **values)
    record("stored_query.stored", query, by=by)
    return query


@transaction.atomic
def change_query(
    query: StoredQuery, *, text: str, filters: Mapping[str, Sequence[str]], language: str = "", by: User
) -> None:
    """Ask something else from now on; what has been found stays."""
    _authorise(query, by)
    _update(query, **_values(text, filters, language))
    record("stored_query.changed", query, by=by)


@transaction.atomic
def pause_query(query: StoredQuery, *, by: User) -> None:
    """Nothing meets it until it is resumed; what is published meanwhile is not made up for."""
    _authorise(query, by)
    _update(query, paused=True)
    record("stored_query.paused", query, by=by)


@transaction.atomic
def resume_query(query: StoredQuery, *, by: User) -> None:
    _authorise(query, by)
    _update(query, paused=False)
    record("stored_query.resumed", query, by=by)


@transaction.atomic
def remove_query(query: StoredQuery, *, by: User) -> None:
    """With what it has found."""
    _authorise(query, by)
    record("stored_query.removed", query, by=by)
    query.delete()


def _authorise(query: StoredQuery, by: User) -> None:
    if not by.has_perm("discovery.change_storedquery", query):
        raise PermissionDenied


def _update(query: StoredQuery, **values: object) -> None:
    now = timezone.now()
    StoredQuery.objects.filter(pk=query.pk).update(**values, version=F("version") + 1, pending=True, changed_at=now)
    query.refresh_from_db()


def _values(text: str, filters: Mapping[str, Sequence[str]], language: str) -> dict[str, object]:
    """What is kept of a request, in one form."""
    unknown = set(filters) - set(FILTERS)
    if unknown:
        raise ValueError(f"unknown filters: {', '.join(sorted(unknown))}")
    kept = {name: list(dict.fromkeys(values))[:MOST_VALUES] for name, values in sorted(filters.items()) if values}
    plain = " ".join(text.replace("\x00", " ").split())[:LONGEST]
    if not plain and not kept:
        raise NothingAsked
    return {"text": plain, "filters": kept, "language": language}


def keep_queries(ids: Sequence[int]) -> None:
    """Bring the store to what the database says now of these queries. Only the index worker does this."""
    with _writer() as writer:
        for start in range(0, len(ids), BATCH):
            _keep(writer, ids[start : start + BATCH])


def keep_all_queries(progress: Progress = silent) -> None:
    """Put right whatever the store and the database do not agree on; lost or made otherwise, it is filled anew."""
    present = dict(StoredQuery.objects.filter(paused=False).values_list("pk", "version"))
    if not present and not _folder().exists():
        return
    with _writer() as writer:
        stamps = writer.stamps
        differing = sorted(pk for pk in present.keys() | stamps.keys() if present.get(pk) != stamps.get(pk))
        left = set(StoredQuery.objects.filter(pending=True).values_list("pk", flat=True)) - set(differing)
        todo = [*differing, *sorted(left)]
        for start in range(0, len(todo), BATCH):
            _keep(writer, todo[start : start + BATCH])
            progress(min(start + BATCH, len(todo)), len(todo))


def _keep(writer: StoredQueriesWriter, ids: Sequence[int]) -> None:
    rows = list(StoredQuery.objects.filter(pk__in=ids))
    active = [row for row in rows if not row.paused]
    writer.apply(_asked(active), removed=set(ids) - {row.pk for row in active})
    for row in rows:
        if row.pending:  # unless it was changed since it was read
            StoredQuery.objects.filter(pk=row.pk, version=row.version).update(pending=False)


def _asked(rows: Sequence[StoredQuery]) -> list[Asked]:
    """As the engine takes them: analysed in the collection's languages, weighed by its frequencies, encoded."""
    if not rows:
        return []
    languages = reader().corpus().languages
    queries = [parse(row.text, languages, language=row.language, thesaurus=thesaurus()) for row in rows]
    corpus = reader().corpus(word for query in queries for word in query.words)
    model, reading = encoder(), _reading()
    wordy = [number for number, query in enumerate(queries) if query.words]
    readable = [reading.query(queries[number].text, queries[number].language) for number in wordy]
    vectors = model.encode_queries(readable) if model and wordy else ()
    meant = dict(zip(wordy, vectors, strict=False))
    return [
        Asked(
            id=row.pk,
            stamp=row.version,
            query=query,
            weights=weights_of(query, corpus.frequency, corpus.entries),
            vector=meant.get(number),
            filters={name: tuple(values) for name, values in row.filters.items()},
        )
        for number, (row, query) in enumerate(zip(rows, queries, strict=True))
    ]


def meet_queries(ids: Sequence[int]) -> None:
    """Record the stored queries that these listings meet, each pair once; listings that are not public meet none.

    Raises StoreBehind while the store is being filled.
    """
    if not StoredQuery.objects.filter(paused=False).exists():
        return
    documents = documents_of(ids)
    if not documents:
        return
    pending = list(StoredQuery.objects.filter(paused=False, pending=True)[: MOST_PENDING + 1])
    stored = _stored(len(pending))
    fresh = in_memory(_asked(pending), dimension=_dimension())
    late = {row.pk for row in pending}
    for document in documents:
        earlier, later = _met(document, stored, fresh)
        found = (*(met for met in earlier if met.id not in late), *later)
        _record(document.id, {met.id: met.score for met in found})


def _stored(pending: int) -> engine.StoredQueries:
    """The store, if it holds all that it should; what is pending was read before, so that nothing falls in between."""
    kept = StoredQuery.objects.filter(paused=False, pending=False).count()
    if not kept:
        return in_memory((), dimension=_dimension())
    try:
        stored = _newest(str(_folder()), _settings()).get()
    except (IndexMissing, IndexDamaged) as error:
        raise StoreBehind(str(error)) from error
    if len(stored) < kept or pending > MOST_PENDING:
        raise StoreBehind(f"{len(stored)} of {kept} stored queries, {pending} pending")
    return stored


def _met(document: Document, *stores: engine.StoredQueries) -> list[tuple[engine.Met, ...]]:
    """What the document meets of each store; it is read and encoded once for all."""
    model, read = encoder(), Numbered.of(document, thesaurus())
    passages = model.encode_passages(_reading().passages(document)) if model else None
    now, today = reader().corpus().background, timezone.localdate()
    return [store.met_by(read, passages, background=now, today=today) for store in stores]


def _record(listing: int, scores: Mapping[int, float]) -> None:
    """Only queries that are there and not paused now; one that was found before is left as it is."""
    for some in _portions(list(scores)):
        active = StoredQuery.objects.filter(pk__in=some, paused=False).values_list("pk", flat=True)
        rows = [StoredQueryHit(query_id=pk, listing_id=listing, score=scores[pk]) for pk in active]
        StoredQueryHit.objects.bulk_create(rows, ignore_conflicts=True)


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _writer() -> StoredQueriesWriter:
    return StoredQueriesWriter(_folder(), settings=_settings(), dimension=_dimension(), wait=60)


@cache
def _newest(folder: str, made_with: str) -> engine.Newest:
    """Opened once per process."""
    return engine.Newest(Path(folder), settings=made_with, dimension=_dimension())


def _folder() -> Path:
    index: Path = settings.INDEX_FOLDER
    return index / "stored-queries"


def _settings() -> str:
    return settings_of(analysis_of(encoder(), thesaurus()))


def _reading() -> Reading:
    return Reading(thesaurus(), languages_of(encoder()))


def _dimension() -> int:
    model = encoder()
    return model.dimension if model else 0
