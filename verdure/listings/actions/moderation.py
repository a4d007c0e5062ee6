"""What the secretariat does with a listing that was handed in."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from verdure.accounts.models import User
from verdure.core.activity import record as record_activity

from ..models import Listing, Mark, State
from ..states import MoveRefused, move

MARK_LIFETIME = timedelta(days=365)


@transaction.atomic
def take_up(listing: Listing, *, by: User) -> None:
    """Begin the review, so that other moderators and the owner see that somebody is on it."""
    _may_moderate(listing, by)
    move(listing, "take_up")
    record_activity("listing.taken_up", listing, by=by)


@transaction.atomic
def approve(listing: Listing, *, by: User, publish_at: datetime | None = None) -> None:
    """Publish now, or at a later time."""
    _may_moderate(listing, by)
    now = timezone.now()
    if publish_at is not None and publish_at > now:
        move(listing, "schedule", publish_at=publish_at, state_message="")
        record_activity("listing.approved", listing, by=by, publish_at=publish_at.isoformat())
        return
    _publish(listing, by=by)


@transaction.atomic
def ask_for_changes(listing: Listing, message: str, *, by: User) -> None:
    _may_moderate(listing, by)
    move(listing, "ask_for_changes", state_message=message)
    record_activity("listing.changes_requested", listing, by=by, message=message)


@transaction.atomic
def reject(listing: Listing, reason: str, *, by: User) -> None:
    _may_moderate(listing, by)
    move(listing, "reject", state_message=reason)
    record_activity("listing.rejected", listing, by=by, reason=reason)


def publish_due() -> int:
    """Publish what was approved for a time that has come. Returns how many."""
    count = 0
    for listing in Listing.objects.filter(state=State.APPROVED, publish_at__lte=timezone.now()):
        try:
            with transaction.atomic():
                _publish(listing, by=None)
        except MoveRefused:
            continue  # withdrawn in the meantime
        count += 1
    return count


def _publish(listing: Listing, *, by: User | None) -> None:
    now = timezone.now()
    move(
        listing,
        "publish",
        published_at=now,
        expires_at=now + settings.LISTING_LIFETIME,
        publish_at=None,
        state_message="",
    )
    record_activity("listing.published", listing, by=by)


@transaction.atomic
def mark(listing: Listing, what: Mark.What, *, by: User) -> Mark:
    """Say that one thing was checked, for a year."""
    _may_moderate(listing, by)
    now = timezone.now()
    made = Mark.objects.create(listing=listing, what=what, by=by, since=now, until=now + MARK_LIFETIME)
    record_activity("listing.marked", listing, by=by, what=str(what))
    return made


@transaction.atomic
def revoke_mark(given: Mark, *, by: User) -> None:
    _may_moderate(given.listing, by)
    if Mark.objects.filter(pk=given.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record_activity("listing.mark_revoked", given.listing, by=by, what=given.what)


def _may_moderate(listing: Listing, by: User) -> None:
    if not by.has_perm("listings.moderate_listing", listing):
        raise PermissionDenied
