"""The life of a listing: every move from every state, who may take it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from time_machine import travel

from tests.make import (
    edited,
    make_draft,
    make_moderator,
    make_need,
    make_organisation,
    make_published,
    make_submitted,
    make_user,
    need_record,
    owner_of,
    technology_record,
)
from verdure.accounts.models import User
from verdure.core.models import Activity
from verdure.listings import actions
from verdure.listings.models import Listing, Mark, State
from verdure.listings.states import MOVES, MoveRefused, move

pytestmark = pytest.mark.django_db


def owner(listing: Listing) -> User:
    assert listing.organisation is not None
    return owner_of(listing.organisation)


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("state", State)
def test_move_is_made_from_its_sources_and_refused_elsewhere(verb: str, state: State) -> None:
    listing = make_published()
    now = timezone.now()
    Listing.objects.filter(pk=listing.pk).update(state=state, publish_at=now, state_message="because")
    if state in MOVES[verb].sources:
        move(listing, verb)
        assert Listing.objects.get(pk=listing.pk).state == MOVES[verb].target
    else:
        with pytest.raises(MoveRefused):
            move(listing, verb)
        assert Listing.objects.get(pk=listing.pk).state == state


def test_second_moderator_is_refused() -> None:
    listing = make_submitted()
    stale = Listing.objects.get(pk=listing.pk)
    actions.approve(listing, by=make_moderator())
    with pytest.raises(MoveRefused):
        actions.reject(stale, "no", by=make_moderator())
    assert Listing.objects.get(pk=listing.pk).state == State.PUBLISHED


def test_submit_says_what_is_missing_and_stays_a_draft() -> None:
    listing = make_draft(technology_record(fields=(), deals=(), readiness=None, ip_status=""))
    with pytest.raises(actions.NotReady) as refused:
        actions.submit(listing, by=owner(listing))
    assert {p.column for p in refused.value.problems} == {"readiness", "ip_status", "fields", "deals"}
    assert Listing.objects.get(pk=listing.pk).state == State.DRAFT


def test_submit_of_an_empty_need_names_everything() -> None:
    record = need_record(fields=(), deals=())
    listing = make_draft(record)
    actions.change(listing, edited(listing, summary="", problem="", specification=""), by=owner(listing))
    with pytest.raises(actions.NotReady) as refused:
        actions.submit(listing, by=owner(listing))
    assert {p.column for p in refused.value.problems} == {"summary", "problem", "specification", "fields", "deals"}


def test_approve_publishes_for_a_year() -> None:
    with travel("2026-11-22 12:00Z", tick=False):
        listing = make_published()
        assert listing.state == State.PUBLISHED
        assert listing.published_at == timezone.now()
        assert listing.expires_at == timezone.now() + timedelta(days=365)


def test_approve_for_later_publishes_when_its_time_has_come() -> None:
    with travel("2026-11-22 12:00Z", tick=False) as clock:
        listing = make_submitted()
        actions.approve(listing, by=make_moderator(), publish_at=timezone.now() + timedelta(hours=1))
        assert listing.state == State.APPROVED
        assert actions.publish_due() == 0
        clock.shift(timedelta(hours=1))
        assert actions.publish_due() == 1
    listing.refresh_from_db()
    assert listing.state == State.PUBLISHED


def test_changes_requested_then_resubmitted() -> None:
    listing = make_submitted()
    actions.take_up(listing, by=make_moderator())
    actions.ask_for_changes(listing, "Name the test conditions.", by=make_moderator())
    assert (listing.state, listing.state_message) == (State.CHANGES_REQUESTED, "Name the test conditions.")
    actions.change(listing, edited(listing, title="Solar still, tested in July"), by=owner(listing))
    actions.submit(listing, by=owner(listing))
    listing.refresh_from_db()
    assert (listing.state, listing.state_message) == (State.SUBMITTED, "")
    assert [revision.version for revision in listing.revisions.all()] == [2, 1]


@pytest.mark.parametrize("verb", [actions.submit, actions.pause, actions.withdraw, actions.archive, actions.reconfirm])
def test_strangers_and_moderators_cannot_steer(verb: Callable[..., None]) -> None:
    listing = make_published()
    for person in (make_user(), make_moderator(), owner_of(make_organisation())):
        with pytest.raises(PermissionDenied):
            verb(listing, by=person)
    assert Listing.objects.get(pk=listing.pk).state == State.PUBLISHED


def test_owner_cannot_moderate_own_listing() -> None:
    listing = make_submitted()
    for attempt in (
        lambda: actions.approve(listing, by=owner(listing)),
        lambda: actions.reject(listing, "x", by=owner(listing)),
        lambda: actions.mark(listing, Mark.What.LISTED, by=owner(listing)),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_unconfirmed_listings_pause_and_needs_past_their_deadline_expire() -> None:
    with travel("2026-01-01 12:00Z", tick=False) as clock:
        technology = make_published()
        need = make_need(deadline=timezone.now().date() + timedelta(days=10))
        clock.shift(timedelta(days=9))
        assert actions.expire_due() == 0
        clock.shift(timedelta(days=2))
        assert actions.expire_due() == 1
        need.refresh_from_db()
        assert need.state == State.EXPIRED
        clock.shift(timedelta(days=354))
        assert actions.expire_due() == 1
        technology.refresh_from_db()
        assert technology.state == State.PAUSED
        assert actions.expire_due() == 0


def test_reconfirm_gives_another_year() -> None:
    with travel("2026-01-01 12:00Z", tick=False) as clock:
        listing = make_published()
        clock.shift(timedelta(days=360))
        actions.reconfirm(listing, by=owner(listing))
        assert listing.expires_at == timezone.now() + timedelta(days=365)


def test_every_move_leaves_an_activity() -> None:
    listing = make_published()
    actions.pause(listing, by=owner(listing))
    actions.resume(listing, by=owner(listing))
    actions.withdraw(listing, by=owner(listing))
    actions.reopen(listing, by=owner(listing))
    verbs = Activity.objects.filter(subject_type="listings.listing", subject_id=listing.pk).order_by("pk")
    assert [activity.verb for activity in verbs] == [
        "listing.started",
        "listing.submitted",
        "listing.published",
        "listing.paused",
        "listing.published",
        "listing.withdrawn",
        "listing.reopened",
    ]
