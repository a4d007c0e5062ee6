"""Counts for the public pages."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count

from verdure.discovery.models import Match
from verdure.discovery.queries import FITS, STANDING_ALONE
from verdure.listings.models import State
from verdure.listings.queries import public


def listings_by_country() -> dict[str, int]:
    """Public listings by the country of their owner (ISO alpha-2), most first."""
    rows = (
        public()
        .exclude(organisation=None)
        .exclude(organisation__country="")
        .values("organisation__country")
        .annotate(count=Count("id"))
        .order_by("-count", "organisation__country")
    )
    return {row["organisation__country"]: row["count"] for row in rows}


def public_matches() -> int:
    """Pairs of public listings that fit."""
    fitting = Match.objects.filter(score__gte=FITS)
    return fitting.filter(need__state=State.PUBLISHED, technology__state=State.PUBLISHED).count()


def match_counts(ids: Collection[int]) -> dict[int, int]:
    """How many public listings fit each of the given ones."""
    found: dict[int, int] = {}
    for side, other in (("need", "technology"), ("technology", "need")):
        fitting = Match.objects.filter(STANDING_ALONE[other], score__gte=FITS)
        rows = fitting.filter(**{f"{side}__in": ids, f"{other}__state": State.PUBLISHED})
        found |= dict(rows.values_list(f"{side}_id").annotate(count=Count("id")).order_by())
    return found
