"""Keeping the index and the matches as the database is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from verdure.core.locks import alone
from verdure.core.progress import Progress, silent
from verdure.engine.documents import Document
from verdure.engine.match import Match as Fit
from verdure.listings.content import with_content
from verdure.listings.models import Kind, Listing
from verdure.listings.queries import public

from .documents import document_of, documents_of
from .index import reader, writer
from .models import Match

BATCH = 256
BEST = 50  # matches kept for each side


def index_listings(ids: Sequence[int]) -> bool:
    """Write what the database says now: public listings are put, all others taken out. Twice is as good as once.

    Returns whether the index was lost, so that all the rest is still to be put in (`catch_up`).
    """
    with writer() as index:
        if index.stale:
            index.rebuild(_all_documents())
            return False
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            documents = documents_of(batch)
            index.apply(documents, set(batch) - {document.id for document in documents})
        return index.is_new and index.count < public().count()


def rebuild_index(progress: Progress = silent) -> int:
    """The whole index anew beside the one in use; interrupted, it goes on where it was. Returns how many listings."""
    total = public().count()
    with writer() as index:
        index.rebuild(_all_documents(), progress=lambda done: progress(done, total))
        return index.count


def catch_up(progress: Progress = silent) -> None:
    """Put right whatever the index and the database do not agree on; an index that is missing or stale is rebuilt."""
    total = public().count()
    with writer() as index:
        if index.stale or not index.count:
            index.rebuild(_all_documents(), progress=lambda done: progress(done, total))
            return
        gone = set(index.ids) - set(public().values_list("pk", flat=True))
        index.apply(_counted(_all_documents(), progress, total), gone)


def _all_documents() -> Iterator[Document]:
    ids = list(public().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield from documents_of(ids[start : start + BATCH])


def _counted(documents: Iterator[Document], progress: Progress, total: int) -> Iterator[Document]:
    for done, document in enumerate(documents, 1):
        progress(done, total)
        yield document


def match_listings(ids: Sequence[int]) -> None:
    """Bring the matches of these listings up to date, and of those others whose list they leave."""
    affected: set[int] = set()
    for pk in ids:
        affected |= _match(pk)
    for pk in affected - set(ids):
        _match(pk)


def match_everything(progress: Progress = silent) -> None:
    """Every public need against all technologies, then every technology against all needs."""
    ids = list(public().order_by("-kind", "pk").values_list("pk", flat=True))
    for done, pk in enumerate(ids, 1):
        _match(pk)
        progress(done, len(ids))


def _match(pk: int) -> set[int]:
    """Write the best of one listing. Returns the others that rank it still though it no longer ranks them."""
    listing = Listing.objects.filter(pk=pk).first()
    if listing is None:
        return set()
    is_need = listing.kind == Kind.NEED
    found = _best_of(listing)
    with transaction.atomic():
        alone([f"match {pk}"])
        _store(found, is_need=is_need)
        mine, other = ("need", "technology") if is_need else ("technology", "need")
        kept = [getattr(match, other) for match in found]
        left = Match.objects.filter(**{mine: listing}).exclude(**{f"{other}__in": kept})
        left.update(**{f"among_{mine}_best": False})
        untouched = Q(need_state=Match.State.NEW, technology_state=Match.State.NEW)
        if listing.is_public:
            left.filter(untouched, **{f"among_{other}_best": False}).delete()
        else:
            left.filter(untouched).delete()
        return set(left.filter(**{f"among_{other}_best": True}).values_list(other, flat=True))


def _best_of(listing: Listing) -> tuple[Fit, ...]:
    """Those that are public now; the index follows the database by a moment."""
    if not listing.is_public:
        return ()
    fresh = document_of(with_content(Listing.objects.all()).get(pk=listing.pk))
    found = reader().matches(fresh, limit=BEST, today=timezone.localdate())
    others = [match.technology if listing.kind == Kind.NEED else match.need for match in found]
    still = set(public().filter(pk__in=others).values_list("pk", flat=True))
    return tuple(match for match, other in zip(found, others, strict=True) if other in still)


def _store(found: Sequence[Fit], *, is_need: bool) -> None:
    flag = "among_need_best" if is_need else "among_technology_best"
    now = timezone.now()
    rows = [
        Match(
            need_id=match.need,
            technology_id=match.technology,
            score=min(1.0, max(0.0, match.score)),
            parts=asdict(match.parts),
            reasons=[asdict(reason) for reason in match.reasons],
            computed_at=now,
            **{flag: True},
        )
        for match in found
    ]
    Match.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["need", "technology"],
        update_fields=["score", "parts", "reasons", "computed_at", flag],
    )


def match_unmatched(progress: Progress = silent) -> None:
    """Match the public listings that no match was sought for yet."""
    ids = list(
        public().filter(need_matches=None, technology_matches=None).order_by("-kind", "pk").values_list("pk", flat=True)
    )
    for done, pk in enumerate(ids, 1):
        _match(pk)
        progress(done, len(ids))
