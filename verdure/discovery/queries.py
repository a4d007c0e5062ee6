"""Search and matches, each hit checked again in SQL before anybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from verdure.accounts.queries import organisations_to_write_for
from verdure.accounts.rules import Person
from verdure.engine.documents import Hit, IndexDamaged, IndexMissing, SearchRequest, SearchResults, SearchUnavailable
from verdure.listings.content import with_content
from verdure.listings.models import Kind, Listing, State
from verdure.listings.queries import public

from .index import reader
from .models import Match, StoredQuery, StoredQueryHit

SETTLED = timedelta(minutes=1)
FITS = 0.4  # the least score that is shown as a fit
LOOSENED = 5  # ways out of an empty result that are offered


@dataclass(frozen=True, slots=True)
class Found:
    results: SearchResults
    pairs: Sequence[tuple[Listing, Hit]]


def search(request: SearchRequest) -> Found:
    """What the index finds, less what is no longer public: the index follows the database by a moment."""
    results = reader().search(request)
    listings = _public_by_id([hit.id for hit in results.hits])
    return Found(results, [(listings[hit.id], hit) for hit in results.hits if hit.id in listings])


def similar(listing: Listing, count: int = 4) -> list[Listing]:
    """Public listings of the same kind that are most like this one; none while the index is away."""
    try:
        ids = [hit.id for hit in reader().similar(listing.pk, limit=count + 2)]
    except (IndexMissing, IndexDamaged, SearchUnavailable):
        return []
    listings = _public_by_id(ids)
    return [listings[pk] for pk in ids if pk in listings][:count]


def _public_by_id(ids: Sequence[int]) -> dict[int, Listing]:
    return with_content(public()).in_bulk(list(ids))


def _shown(matches: QuerySet[Match]) -> QuerySet[Match]:
    """Pairs of which both sides are public now, with all that a row shows."""
    both = matches.filter(need__state=State.PUBLISHED, technology__state=State.PUBLISHED)
    return both.select_related("need__organisation", "technology__organisation").prefetch_related(
        "need__texts", "technology__texts"
    )


STANDING_ALONE = {
    side: Q(**{f"{side}_under": None}) | ~Q(**{f"{side}_under__state": State.PUBLISHED})
    for side in ("technology", "need")
}
"""Matches whose technology, or need, is not shown under another that is nearly the same."""


def matches_of(listing: Listing) -> QuerySet[Match]:
    """The other sides that fit, best first; what only touches the subject is left out, and what is nearly the same as
    one that fits better (see `also_listed`)."""
    mine, other = ("need", "technology") if listing.kind == Kind.NEED else ("technology", "need")
    fitting = Match.objects.filter(STANDING_ALONE[other], score__gte=FITS, **{mine: listing})
    return _shown(fitting).order_by("-score", "pk")


def also_listed(listing: Listing, matches: Sequence[Match]) -> dict[int, list[Listing]]:
    """For each of a listing's matches, by its key, the listings that are nearly the same as the other side and fit
    too."""
    mine, other = ("need", "technology") if listing.kind == Kind.NEED else ("technology", "need")
    of_leader = {getattr(match, f"{other}_id"): match.pk for match in matches}
    under = Match.objects.filter(**{mine: listing, f"{other}_under__in": list(of_leader)})
    found: dict[int, list[Listing]] = {}
    for match in _shown(under).order_by("-score", "pk"):
        leader = getattr(match, f"{other}_under_id")
        found.setdefault(of_leader[leader], []).append(getattr(match, other))
    return found


def is_pending(listing: Listing) -> bool:
    """Published or changed so lately that its matches are still being worked out."""
    return not Match.objects.filter(Q(need=listing) | Q(technology=listing)).exists() and (
        timezone.now() - listing.updated_at < SETTLED
    )


def loosened(request: SearchRequest) -> list[tuple[str, str, int]]:
    """For a request without results: each filter value that stands in the way, and how many there are without it."""
    ways = []
    for name, values in request.filters.items():
        for value in values:
            rest = tuple(kept for kept in values if kept != value)
            filters = {key: kept for key, kept in request.filters.items() if key != name} | (
                {name: rest} if rest else {}
            )
            total = reader().search(replace(request, filters=filters, offset=0, limit=1)).total
            if total:
                ways.append((name, value, total))
    return sorted(ways, key=lambda way: -way[2])[:LOOSENED]


def matches_of_person(person: Person) -> QuerySet[Match]:
    own = organisations_to_write_for(person)
    of_needs = Q(need__organisation__in=own) & STANDING_ALONE["technology"]
    mine = of_needs | Q(technology__organisation__in=own) & STANDING_ALONE["need"]
    return _shown(Match.objects.filter(mine, score__gte=FITS)).order_by("-score", "pk")


def newest_matches(count: int) -> list[Match]:
    """The best of each of the latest needs."""
    best: dict[int, Match] = {}
    latest = _shown(Match.objects.filter(among_need_best=True, score__gte=FITS)).order_by(
        "-need__published_at", "need", "-score"
    )
    for match in latest[: count * 60]:
        best.setdefault(match.need_id, match)
        if len(best) == count:
            break
    return list(best.values())


def stored_queries_of(person: Person) -> QuerySet[StoredQuery]:
    """The person's own, the latest first."""
    return StoredQuery.objects.filter(owner=person) if person.is_authenticated else StoredQuery.objects.none()


def hits_of(query: StoredQuery, *, by: Person) -> QuerySet[StoredQueryHit]:
    """The listings that met it and are public now, the latest first; none for anybody but its owner."""
    if not by.has_perm("discovery.view_storedquery", query):
        return StoredQueryHit.objects.none()
    found = StoredQueryHit.objects.filter(query=query, listing__state=State.PUBLISHED)
    return found.select_related("listing__organisation").prefetch_related("listing__texts").order_by("-found_at", "-pk")
