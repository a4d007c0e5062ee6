"""Mail about listings: who is told of what. Jobs come here; done twice, late or out of order, each is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from verdure.accounts.letters import send_letters
from verdure.accounts.models import User
from verdure.accounts.queries import members_to_tell, moderators
from verdure.core.models import Activity

from .. import words
from ..models import Listing, State

REMINDERS = (14, 30)  # days before a listing steps back, the nearest first


@dataclass(frozen=True, slots=True)
class News:
    """What is told of one verb: the template of the letter to the owner's members, and to moderators.

    `holds` says whether it is still worth telling when the job comes to run.
    """

    to_owners: str
    to_moderators: str = ""
    holds: Callable[[Listing, Activity], bool] = lambda listing, happened: True


NEWS = {
    "listing.submitted": News(
        "submitted",
        "to_moderate",
        holds=lambda listing, _happened: listing.state in (State.SUBMITTED, State.IN_REVIEW),
    ),
    "listing.changes_requested": News("changes_requested"),
    "listing.rejected": News("rejected"),
    "listing.approved": News("approved", holds=lambda listing, _happened: listing.state == State.APPROVED),
    "listing.published": News("published", holds=lambda listing, _happened: listing.state == State.PUBLISHED),
    "listing.paused": News("paused", holds=lambda _listing, happened: happened.by_id is None),
    "listing.expired": News("expired"),
}


def tell(verb: str, ids: Sequence[int]) -> int:
    """Write to those whom the latest event of that kind concerns, and say how many letters went out.

    Whoever did it is not told of it, but gets a receipt for what was handed in.
    """
    sent = 0
    for listing in _named(Listing.objects.filter(pk__in=ids)):
        happened = _latest(verb, listing)
        news = NEWS[verb]
        if happened is None or not news.holds(listing, happened):
            continue
        about = f"{verb}:{happened.pk}"
        doer = None if verb == "listing.submitted" else happened.by_id
        owners = [person for person in _owners(listing) if person.pk != doer]
        sent += send_letters(owners, about, _template(news.to_owners), _context(listing, happened.data))
        if news.to_moderators:
            readers = [person for person in moderators() if person.pk != happened.by_id]
            template = _template(news.to_moderators)
            sent += send_letters(readers, f"{about}:moderators", template, _context(listing, happened.data))
    return sent


def remind_due() -> int:
    """Tell owners 30 and 14 days before a listing steps back that one click keeps it. Returns how many letters."""
    now = timezone.now()
    soon = Listing.objects.filter(
        state=State.PUBLISHED,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=max(REMINDERS)),
        organisation__memberships__isnull=False,
    ).distinct()
    return sum(_remind(listing) for listing in _named(soon))


def _remind(listing: Listing) -> int:
    assert listing.expires_at is not None  # a public listing has its dates
    left = listing.expires_at - timezone.now()
    days = next(days for days in REMINDERS if left <= timedelta(days=days))
    about = f"listing.expires:{listing.pk}:{listing.expires_at:%Y-%m-%d}:{days}"
    return send_letters(_owners(listing), about, _template("reminder"), _context(listing, {}))


def _latest(verb: str, listing: Listing) -> Activity | None:
    found = Activity.objects.filter(verb=verb, subject_type="listings.listing", subject_id=listing.pk)
    return found.order_by("-at", "-pk").first()


def _named(listings: QuerySet[Listing]) -> Iterable[Listing]:
    return listings.select_related("organisation", "created_by").prefetch_related("texts")


def _owners(listing: Listing) -> list[User]:
    if listing.organisation is not None:
        return list(members_to_tell(listing.organisation))
    return [listing.created_by] if listing.created_by else []


def _template(name: str) -> str:
    return f"listings/mail/{name}.txt"


def _context(listing: Listing, data: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    def context() -> dict[str, Any]:
        return {
            "site_name": settings.SITE_NAME,
            "listing": listing,
            "title": " ".join(words.text_for_reader(listing).title.split()),  # a subject is one line
            "message": data.get("message") or data.get("reason") or "",
            "edit_url": settings.SITE_URL + reverse("listing_edit", args=[listing.pk]),
            "public_url": settings.SITE_URL + listing.get_absolute_url(),
            "review_url": settings.SITE_URL + reverse("moderation_review", args=[listing.pk]),
        }

    return context
