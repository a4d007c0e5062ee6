"""My desk: what waits for me, and what is mine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from verdure.accounts.models import Organisation, User
from verdure.accounts.queries import organisations_to_write_for
from verdure.core.queries import queue_states
from verdure.discovery.pages.rows import MatchRow, match_row
from verdure.discovery.queries import matches_of_person
from verdure.listings.models import Listing, State
from verdure.listings.pages.paging import Pages, numbered, page_of, pages_of
from verdure.listings.pages.rows import side
from verdure.listings.queries import mine, put_away, to_moderate, waiting_for

from .queries import match_counts

TASKS_SHOWN = 20
MATCHES_SHOWN = 10
PUT_AWAY_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for the person, most urgent first."""

    text: str
    url: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mine:
    """An own listing on the desk."""

    title: str
    language: str
    url: str
    steer_url: str
    kind: str
    state: str
    state_label: str
    updated: datetime
    matches: int


@dataclass(frozen=True, slots=True)
class DeskPage:
    tasks: Sequence[Task]
    listings: Sequence[Mine]
    pages: Pages
    put_away: Sequence[Mine]
    matches: Sequence[MatchRow]
    organisations: Sequence[Organisation]


def desk_page(person: User, *, number: str = "1") -> DeskPage:
    page = page_of(mine(person), number)
    matched = match_counts([listing.pk for listing in page])
    return DeskPage(
        tasks=tasks_of(person),
        listings=[_mine(listing, matched) for listing in page],
        pages=pages_of(page, url=numbered(anchor="#listings")),
        put_away=[_mine(listing, {}) for listing in put_away(person)[:PUT_AWAY_SHOWN]],
        matches=[match_row(match) for match in matches_of_person(person)[:MATCHES_SHOWN]],
        organisations=list(organisations_to_write_for(person)),
    )


def due_count(person: User) -> int:
    """How many things wait, as the bar of every page shows it."""
    return waiting_for(person).count() + (to_moderate().count() if person.is_staff else 0)


def tasks_of(person: User) -> list[Task]:
    tasks = [_task(listing) for listing in waiting_for(person)[:TASKS_SHOWN]]
    if not person.is_staff:
        return tasks
    if waiting := to_moderate().count():
        text = ngettext("%s listing to moderate", "%s listings to moderate", waiting) % waiting
        tasks.insert(0, Task(text, reverse("moderation")))
    if failed := sum(queue.failed for queue in queue_states()):
        text = ngettext("%s job failed for good", "%s jobs failed for good", failed) % failed
        tasks.append(Task(text, reverse("jobs")))
    return tasks


def _task(listing: Listing) -> Task:
    title, url = side(listing).title, reverse("listing_edit", args=[listing.pk])
    if listing.state == State.CHANGES_REQUESTED:
        return Task(_("A moderator asks for changes: %s") % title, url)
    if listing.state == State.PAUSED:
        return Task(_("Paused, nobody sees it: %s") % title, url)
    return Task(_("Confirm that it still holds: %s") % title, url, listing.expires_at)


def _mine(listing: Listing, matched: Mapping[int, int]) -> Mine:
    named = side(listing)
    steer_url = reverse("listing_edit", args=[listing.pk])
    return Mine(
        title=named.title,
        language=named.language,
        url=named.url if listing.is_public else steer_url,
        steer_url=steer_url,
        kind=listing.kind,
        state=listing.state,
        state_label=listing.get_state_display(),
        updated=listing.updated_at,
        matches=matched.get(listing.pk, 0) if listing.is_public else 0,
    )
