"""All needs with all technologies in one batch, for a collection that is new, or whose every match is to be anew.

A match looks the same as one that `actions.match_listing` wrote: the same reasons, parts and rule of its score.
`engine.pair_matches` says where the two may differ in order. The database is written a few hundred rows at a time, so
nobody waits; killed at any moment and begun again, the batch ends the same. A listing that is changed meanwhile is
left to its own job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from verdure.core.locks import alone
from verdure.core.progress import Progress, silent
from verdure.engine.pair_matches import Listed, PairMatches
from verdure.engine.snapshot import Snapshot
from verdure.listings.models import Listing
from verdure.listings.queries import public

from .actions import BEST, UNTOUCHED, match_listing, row_of, store
from .index import collection
from .models import Match
from .queries import FITS
from .thesauri import thesaurus

ROWS = 500
"""Matches in one transaction, or those of one technology if they are more."""

OF_LISTS = ("among_need_best", "among_technology_best", "technology_under", "need_under")

MANY = 1_000
"""Unmatched listings from which the batch is quicker than one after the other."""


def match_everything(progress: Progress = silent) -> None:
    """Every public need with every technology, as the index holds them; matches that are no more are forgotten.

    A cluster is asked for one listing after the other.
    """
    began, seen = timezone.now(), collection()
    if seen is None:
        _one_by_one(public(), progress)
        return
    batch = PairMatches(seen, today=timezone.localdate(), best=BEST, least=FITS, thesaurus=thesaurus())
    batch.run(lambda done, total: progress(done, total, _("needs compared")))
    for done, some in _portions(batch.matches()):
        _write(some, seen)
        progress(done, batch.total, _("technologies matched"))
    _forget(began, seen)


def match_unmatched(progress: Progress = silent) -> None:
    """Match the public listings that no match was sought for yet."""
    unmatched = public().filter(need_matches=None, technology_matches=None)
    if unmatched.count() > MANY and collection() is not None:
        match_everything(progress)
    else:
        _one_by_one(unmatched, progress)


def _one_by_one(listings: QuerySet[Listing], progress: Progress) -> None:
    ids = list(listings.order_by("-kind", "pk").values_list("pk", flat=True))
    for done, pk in enumerate(ids, 1):
        match_listing(pk)
        progress(done, len(ids))


def _portions(found: Iterator[tuple[int, list[Listed]]]) -> Iterator[tuple[int, list[Listed]]]:
    """Some technologies' matches together, and how many technologies are done with them."""
    waiting: list[Listed] = []
    done = 0
    for done, (_technology, listed) in enumerate(found, 1):
        waiting += listed
        if len(waiting) >= ROWS:
            yield done, waiting
            waiting = []
    if waiting:
        yield done, waiting


def _write(some: Sequence[Listed], seen: Snapshot) -> None:
    ids = sorted({pk for one in some for pk in (one.match.need, one.match.technology)})
    with transaction.atomic():
        alone(f"match {pk}" for pk in ids)
        current = set(public().filter(pk__in=ids).values_list("pk", flat=True)) - _changed(ids, seen)
        store([_row(one) for one in some if {one.match.need, one.match.technology} <= current], OF_LISTS)


def _row(one: Listed) -> Match:
    match, technology, need = one.match, one.under_technology, one.under_need
    return row_of(
        match,
        among_need_best=technology is not None,
        among_technology_best=need is not None,
        technology_under_id=None if technology == match.technology else technology,
        need_under_id=None if need == match.need else need,
    )


def _changed(ids: Sequence[int], seen: Snapshot) -> set[int]:
    """Those of which the index holds something else by now, or nothing."""
    wanted = np.array(ids, dtype=np.int64)
    now, before = _now().rows, seen.rows
    here, there = now.places(wanted), before.places(wanted)
    same = (here >= 0) & (there >= 0)
    same[same] = now.digests[here[same]] == before.digests[there[same]]
    return set(wanted[~same].tolist())


def _now() -> Snapshot:
    newest = collection()
    assert newest is not None
    return newest


def _forget(began: datetime, seen: Snapshot) -> None:
    """What was found earlier and not now is nobody's best: gone, unless a person has done something with it."""
    changed = _changed(sorted({*seen.rows.ids.tolist(), *_now().rows.ids.tolist()}), seen)
    old = Match.objects.filter(computed_at__lt=began).exclude(Q(need__in=changed) | Q(technology__in=changed))
    listed = Q(among_need_best=True) | Q(among_technology_best=True)
    while ids := list(old.filter(UNTOUCHED).values_list("pk", flat=True)[:ROWS]):
        Match.objects.filter(pk__in=ids).delete()
    while ids := list(old.filter(listed).values_list("pk", flat=True)[:ROWS]):
        Match.objects.filter(pk__in=ids).update(
            among_need_best=False, among_technology_best=False, technology_under=None, need_under=None
        )
