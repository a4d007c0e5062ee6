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
from .queries import FITS

BATCH = 256
BEST = 50  # matches kept for each side
MOST_COMPARED = 5_000  # matches of the other sides, the best of them, that a listing is held against for its like
UNTOUCHED = Q(need_state=Match.State.NEW, technology_state=Match.State.NEW)


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
    """Bring the matches of these listings up to date, and of those others whose list they change."""
    affected: set[int] = set()
    for pk in ids:
        affected |= match_listing(pk)
    for pk in affected - set(ids):
        match_listing(pk)


def match_listing(pk: int) -> set[int]:
    """Write the best of one listing. Returns the others whose own list this one changes by being in it no longer, or by
    being nearly the same as another there."""
    listing = Listing.objects.filter(pk=pk).first()
    if listing is None:
        return set()
    mine, other = ("need", "technology") if listing.kind == Kind.NEED else ("technology", "need")
    found = _best_of(listing)
    with transaction.atomic():
        alone([f"match {pk}"])
        affected = _sharing_a_place(listing, mine, other)
        store([_row(fit, under, mine) for fit, under in found], [f"among_{mine}_best", f"{other}_under"])
        kept = [getattr(fit, other) for fit, _under in found]
        left = Match.objects.filter(**{mine: listing}).exclude(**{f"{other}__in": kept})
        left.update(**{f"among_{mine}_best": False, f"{other}_under": None})
        if listing.is_public:
            left.filter(UNTOUCHED, **{f"among_{other}_best": False}).delete()
        else:
            left.filter(UNTOUCHED).delete()
        affected |= set(left.filter(**{f"among_{other}_best": True}).values_list(other, flat=True))
    return affected | _beside_its_like(listing, kept, mine, other)


def _sharing_a_place(listing: Listing, mine: str, other: str) -> set[int]:
    """Those who list it under another, or another under it."""
    under = Q(**{mine: listing}) & ~Q(**{f"{mine}_under": None}) | Q(**{f"{mine}_under": listing})
    return set(Match.objects.filter(under).values_list(other, flat=True))


def _beside_its_like(listing: Listing, others: Sequence[int], mine: str, other: str) -> set[int]:
    """Those of the others whose pages show already what is nearly the same as this one."""
    shown = Match.objects.filter(**{f"{other}__in": others, f"{mine}_under": None, "score__gte": FITS})
    pairs = list(shown.exclude(**{mine: listing}).order_by("-score").values_list(mine, other)[:MOST_COMPARED])
    if not pairs:
        return set()
    twins = set(reader().like(listing.pk, sorted({one for one, _ in pairs})))
    return {owner for one, owner in pairs if one in twins}


def _best_of(listing: Listing) -> list[tuple[Fit, int | None]]:
    """Each with the better one that it is nearly the same as, if any. Those that are public now: the index follows the
    database by a moment. What fits nobody is left out, but for one, which shows that matches were sought."""
    if not listing.is_public:
        return []
    fresh = document_of(with_content(Listing.objects.all()).get(pk=listing.pk))
    groups = reader().matches(fresh, limit=BEST, today=timezone.localdate())
    side = "technology" if listing.kind == Kind.NEED else "need"
    every = [getattr(fit, side) for group in groups for fit in (group, *group.duplicates)]
    still = set(public().filter(pk__in=every).values_list("pk", flat=True))
    found: list[tuple[Fit, int | None]] = []
    for group in groups:
        here = [fit for fit in (group, *group.duplicates) if getattr(fit, side) in still]
        here = [fit for fit in here if fit.score >= FITS or not found]
        found += [(fit, getattr(here[0], side) if fit is not here[0] else None) for fit in here]
    return found


def _row(fit: Fit, under: int | None, mine: str) -> Match:
    """The row of a match that is among the best of one side."""
    other = "technology" if mine == "need" else "need"
    return row_of(fit, **{f"among_{mine}_best": True, f"{other}_under_id": under})


def row_of(fit: Fit, **of_lists: object) -> Match:
    return Match(
        need_id=fit.need,
        technology_id=fit.technology,
        score=min(1.0, max(0.0, fit.score)),
        parts=asdict(fit.parts),
        reasons=[asdict(reason) for reason in fit.reasons],
        computed_at=timezone.now(),
        **of_lists,
    )


def store(rows: Sequence[Match], of_lists: Sequence[str]) -> None:
    """New pairs are added, others get these values; what people did with them stays."""
    Match.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["need", "technology"],
        update_fields=["score", "parts", "reasons", "computed_at", *of_lists],
    )
