"""Questions about listings."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from verdure.accounts.models import Organisation
from verdure.accounts.queries import organisations_to_write_for
from verdure.accounts.rules import Person

from .content import with_content
from .models import Kind, Listing, Mark, State


def public() -> QuerySet[Listing]:
    return Listing.objects.filter(state=State.PUBLISHED)


def public_of(organisation: Organisation) -> QuerySet[Listing]:
    """Technologies, then needs; of each the newest first."""
    return with_content(public().filter(organisation=organisation)).order_by("-kind", "-published_at", "-id")


def newest(kind: Kind, count: int) -> QuerySet[Listing]:
    return with_content(public().filter(kind=kind)).order_by("-published_at", "-id")[:count]


def mine(user: Person) -> QuerySet[Listing]:
    """What the person writes for, the latest change first."""
    return _own(user).exclude(state=State.ARCHIVED)


def put_away(user: Person) -> QuerySet[Listing]:
    """What the person's organisations have archived."""
    return _own(user).filter(state=State.ARCHIVED)


def _own(user: Person) -> QuerySet[Listing]:
    """With what names each; an anonymous person has none."""
    if not user.is_authenticated:
        return Listing.objects.none()
    own = Q(organisation__in=organisations_to_write_for(user)) | Q(organisation=None, created_by=user)
    found = Listing.objects.filter(own).order_by("-updated_at", "-id")
    return found.select_related("organisation").prefetch_related("texts")


def waiting_for(user: Person) -> QuerySet[Listing]:
    """What the person's own listings wait for from the person: requested changes, and confirmations that fall due."""
    soon = timezone.now() + timedelta(days=30)
    return mine(user).filter(
        Q(state__in=[State.CHANGES_REQUESTED, State.PAUSED]) | Q(state=State.PUBLISHED, expires_at__lte=soon)
    )


def to_moderate() -> QuerySet[Listing]:
    """The queue, longest waiting first, with what names each."""
    waiting = Listing.objects.filter(state__in=[State.SUBMITTED, State.IN_REVIEW])
    return waiting.select_related("organisation").prefetch_related("texts").order_by("submitted_at", "id")


def counts() -> dict[str, int]:
    """How many technologies and needs are public."""
    return _counted(public())


def counts_of(organisation: Organisation) -> dict[str, int]:
    return _counted(public().filter(organisation=organisation))


def _counted(listings: QuerySet[Listing]) -> dict[str, int]:
    return listings.aggregate(
        technologies=Count("id", filter=Q(kind=Kind.TECHNOLOGY)), needs=Count("id", filter=Q(kind=Kind.NEED))
    )


def marks_in_force(listing: Listing) -> QuerySet[Mark]:
    now = timezone.now()
    return listing.marks.filter(revoked_at=None, since__lte=now, until__gt=now)
