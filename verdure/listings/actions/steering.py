"""What the owner does with a listing: hand it in, pause, resume, confirm, withdraw, put away, take up again."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from verdure.accounts.models import User
from verdure.core.activity import record as record_activity

from .. import checks, content
from ..models import Kind, Listing, State
from ..states import MoveRefused, move
from .drafts import keep_revision


class NotReady(Exception):
    """The listing lacks what a moderator needs; `problems` says what."""

    def __init__(self, problems: tuple[checks.Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.column}: {p.message}" for p in problems))
        self.problems = problems


@transaction.atomic
def submit(listing: Listing, *, by: User) -> None:
    """Hand in for review. Raises NotReady with what is missing, MoveRefused if it is not a draft."""
    _may_steer(listing, by)
    # Held from here on: what is looked at is what is handed in.
    held = Listing.objects.select_for_update(of=("self",), no_key=True)
    fresh = content.with_content(held).get(pk=listing.pk)
    if problems := tuple(checks.missing(content.record_of(fresh))):
        raise NotReady(problems)
    move(listing, "submit", submitted_at=timezone.now(), state_message="")
    keep_revision(listing, by=by)
    record_activity("listing.submitted", listing, by=by, version=fresh.version)


def pause(listing: Listing, *, by: User) -> None:
    _steer(listing, "pause", by=by, done="listing.paused")


def resume(listing: Listing, *, by: User) -> None:
    """Back to the public, for another full lifetime."""
    _steer(listing, "resume", by=by, done="listing.published", expires_at=timezone.now() + settings.LISTING_LIFETIME)


def reconfirm(listing: Listing, *, by: User) -> None:
    """Still true: another full lifetime."""
    until = timezone.now() + settings.LISTING_LIFETIME
    _steer(listing, "reconfirm", by=by, done="listing.reconfirmed", expires_at=until)


def withdraw(listing: Listing, *, by: User) -> None:
    _steer(listing, "withdraw", by=by, done="listing.withdrawn")


def archive(listing: Listing, *, by: User) -> None:
    _steer(listing, "archive", by=by, done="listing.archived")


def reopen(listing: Listing, *, by: User) -> None:
    """A rejected, withdrawn or archived listing as a draft again."""
    _steer(listing, "reopen", by=by, done="listing.reopened")


def expire_due() -> int:
    """Listings not confirmed in time are paused; needs past their deadline expire. Returns how many stepped back."""
    now = timezone.now()
    late = Listing.objects.filter(state=State.PUBLISHED, expires_at__lte=now)
    closed = Listing.objects.filter(state=State.PUBLISHED, kind=Kind.NEED, deadline__lt=now.date())
    expired = sum(_stepped_back(listing, "expire", "listing.expired") for listing in closed)
    paused = late.exclude(pk__in=[found.pk for found in closed])
    return expired + sum(_stepped_back(listing, "pause", "listing.paused") for listing in paused)


def _stepped_back(listing: Listing, verb: str, done: str) -> bool:
    try:
        with transaction.atomic():
            move(listing, verb)
            record_activity(done, listing, by=None)
    except MoveRefused:
        return False  # its owner was quicker
    return True


@transaction.atomic
def _steer(listing: Listing, verb: str, *, by: User, done: str, **changes: object) -> None:
    _may_steer(listing, by)
    move(listing, verb, **changes)
    record_activity(done, listing, by=by)


def _may_steer(listing: Listing, by: User) -> None:
    if not by.has_perm("listings.steer_listing", listing):
        raise PermissionDenied
