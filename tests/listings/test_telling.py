"""Mail about listings: who is told of what, once each, through the jobs that flow.py lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_tasks.base import Task
from time_machine import travel

from tests.make import (
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
from verdure.accounts.actions import add_member
from verdure.accounts.models import Membership, User
from verdure.core.activity import record
from verdure.flow import FLOW, SCHEDULE
from verdure.listings import actions, tasks
from verdure.listings.models import Listing

from .written import TECHNOLOGY

pytestmark = pytest.mark.django_db


def letters() -> list[tuple[str, str]]:
    """To whom, with which subject; the outbox is then empty."""
    found = sorted((letter.to[0], str(letter.subject)) for letter in mail.outbox)
    mail.outbox.clear()
    return found


def told(verb: str, listing: Listing) -> list[tuple[str, str]]:
    """What the verb's mail job sends, done twice as a job may be."""
    (task,) = (task for task in FLOW[verb] if task.module_path.startswith("verdure.listings.tasks.tell_"))
    for _ in range(2):
        task.func([listing.pk])
    return letters()


@pytest.fixture
def people() -> dict[str, User]:
    """An organisation's owner, editor and viewer, a stranger and a moderator."""
    owner = make_user("owner@example.org")
    organisation = make_organisation(owner=owner, name="Lamu Water Works")
    made = {name: make_user(f"{name}@example.org") for name in ("editor", "viewer", "stranger")}
    add_member(organisation, made["editor"], role=Membership.Role.EDITOR, by=owner)
    add_member(organisation, made["viewer"], role=Membership.Role.VIEWER, by=owner)
    return {"owner": owner, "moderator": make_moderator(email="moderator@example.org"), **made}


def submitted(people: dict[str, User], title: str = "Solar still") -> Listing:
    return make_submitted(technology_record(title), organisation=people["owner"].organisations.get())


def test_submission_tells_members_and_moderators(people: dict[str, User]) -> None:
    assert told("listing.submitted", submitted(people)) == [
        ("editor@example.org", "Handed in: Solar still"),
        ("moderator@example.org", "To moderate: Solar still"),
        ("owner@example.org", "Handed in: Solar still"),
    ]


def test_submission_that_was_withdrawn_meanwhile_tells_nobody(people: dict[str, User]) -> None:
    listing = submitted(people)
    actions.withdraw(listing, by=people["owner"])
    assert told("listing.submitted", listing) == []


Decision = Callable[[Listing, User], None]
DECISIONS: list[tuple[str, Decision, str, str]] = [
    ("listing.changes_requested", lambda listing, by: actions.ask_for_changes(listing, "Which? <b> & salt", by=by),
     "A change is asked for: Solar still", "Which? <b> & salt"),
    ("listing.rejected", lambda listing, by: actions.reject(listing, "An advertisement.", by=by),
     "Not accepted: Solar still", "An advertisement."),
    ("listing.published", lambda listing, by: actions.approve(listing, by=by),
     "Published: Solar still", "http://127.0.0.1:8000/listings/"),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "decide", "subject", "said"), DECISIONS)
def test_decision_tells_the_members_who_write(
    people: dict[str, User], verb: str, decide: Decision, subject: str, said: str
) -> None:
    listing = submitted(people)
    decide(listing, people["moderator"])
    (task,) = (task for task in FLOW[verb] if "tell_" in task.module_path)
    task.func([listing.pk])
    assert [said in letter.body for letter in mail.outbox] == [True, True]
    mail.outbox.clear()
    task.func([listing.pk])
    assert letters() == []
    decided = submitted(people)
    decide(decided, people["moderator"])
    assert told(verb, decided) == [("editor@example.org", subject), ("owner@example.org", subject)]


def test_scheduled_approval_names_the_day(people: dict[str, User]) -> None:
    listing = submitted(people)
    actions.approve(listing, by=people["moderator"], publish_at=timezone.now() + timedelta(days=3))
    assert [subject for _to, subject in told("listing.approved", listing)] == ["Approved: Solar still"] * 2


def test_each_time_it_happens_it_is_told_anew(people: dict[str, User]) -> None:
    listing = submitted(people)
    for _ in range(2):
        actions.ask_for_changes(listing, "More.", by=people["moderator"])
        assert len(told("listing.changes_requested", listing)) == 2
        actions.submit(listing, by=people["owner"])


def test_whoever_did_it_is_not_told_of_it(people: dict[str, User]) -> None:
    listing = submitted(people)
    actions.approve(listing, by=people["moderator"])
    actions.pause(listing, by=people["owner"])
    assert told("listing.paused", listing) == []
    actions.resume(listing, by=people["owner"])
    assert told("listing.published", listing) == [("editor@example.org", "Published: Solar still")]


def test_letter_names_the_listing_in_the_readers_language(people: dict[str, User]) -> None:
    organisation = people["owner"].organisations.get()
    User.objects.filter(pk=people["editor"].pk).update(language="ar")
    listing = make_submitted(organisation=organisation)
    actions.withdraw(listing, by=people["owner"])
    actions.reopen(listing, by=people["owner"])
    actions.change(
        listing, technology_record(texts=(*technology_record().texts, TECHNOLOGY.texts[2])), by=people["owner"]
    )
    actions.submit(listing, by=people["owner"])
    subjects = dict(told("listing.submitted", listing))
    assert "مقطر شمسي" in subjects["editor@example.org"]
    assert "Solar still for brackish water" in subjects["owner@example.org"]


def test_listing_without_an_organisation_tells_the_person_who_began_it() -> None:
    person = make_user("alone@example.org")
    listing = actions.start(technology_record(), organisation=None, by=person)
    Listing.objects.filter(pk=listing.pk).update(state="submitted")
    record("listing.submitted", listing, by=person)
    assert told("listing.submitted", listing) == [
        ("alone@example.org", "Handed in: Solar still for brackish water"),
    ]


def test_unknown_listing_tells_nobody() -> None:
    tasks.tell_published.func([77])
    assert letters() == []


def test_title_of_two_lines_is_one_subject(people: dict[str, User]) -> None:
    listing = submitted(people, "Solar\nstill\r\nX-Evil: 1")
    assert {subject for _to, subject in told("listing.submitted", listing)} == {
        "Handed in: Solar still X-Evil: 1",
        "To moderate: Solar still X-Evil: 1",
    }


# --- what falls due


def test_owners_are_reminded_at_30_and_14_days_once_each(people: dict[str, User]) -> None:
    with travel("2026-01-01 12:00Z", tick=False) as clock:
        listing = submitted(people)
        actions.approve(listing, by=people["moderator"])
        imported = make_published()
        imported.organisation.memberships.all().delete()  # type: ignore[union-attr]
        told_on: dict[int, list[str]] = {}
        for day in range(334, 366):
            clock.move_to("2026-01-01T12:00:00Z")
            clock.shift(timedelta(days=day))
            for _ in range(2):
                actions.remind_due()
            if found := letters():
                told_on[day] = [to for to, _subject in found]
        both = ["editor@example.org", "owner@example.org"]
        assert told_on == {335: both, 351: both}


def test_reminder_names_the_day_and_the_way_to_confirm(people: dict[str, User]) -> None:
    with travel("2026-01-01 12:00Z", tick=False) as clock:
        listing = submitted(people)
        actions.approve(listing, by=people["moderator"])
        clock.shift(timedelta(days=340))
        assert actions.remind_due() == 2
        assert mail.outbox[0].subject == "Still true? Confirm by Jan. 1, 2027: Solar still"
        assert f"http://127.0.0.1:8000/listings/{listing.pk}/edit/" in mail.outbox[0].body
        actions.reconfirm(listing, by=people["owner"])
        clock.shift(timedelta(days=20))
        assert actions.remind_due() == 0
        clock.shift(timedelta(days=320))
        assert actions.remind_due() == 2  # of the new day


def test_listing_that_steps_back_by_itself_is_told(people: dict[str, User]) -> None:
    with travel("2026-01-01 12:00Z", tick=False) as clock:
        organisation = people["owner"].organisations.get()
        technology = submitted(people)
        actions.approve(technology, by=people["moderator"])
        need = make_need("Water", organisation=organisation, deadline=timezone.now().date() + timedelta(days=9))
        clock.shift(timedelta(days=10))
        actions.expire_due()
        assert [subject for _to, subject in told("listing.expired", need)] == ["Deadline passed: Water"] * 2
        clock.shift(timedelta(days=360))
        actions.expire_due()
        assert [s for _to, s in told("listing.paused", technology)] == ["No longer public: Solar still"] * 2


def test_owner_who_is_quicker_than_the_clock_wins() -> None:
    with travel("2026-01-01 12:00Z", tick=False) as clock:
        first, second = make_published(), make_published(need_record())
        clock.shift(timedelta(days=366))
        assert first.organisation is not None
        actions.withdraw(first, by=owner_of(first.organisation))
        assert actions.expire_due() == 1
        second.refresh_from_db()
        assert second.state == "paused"


def test_what_falls_due_is_on_the_schedule() -> None:
    def every(task: Task[[], int]) -> timedelta:
        (found,) = (periodic.every for periodic in SCHEDULE.values() if periodic.task == task)
        return found

    assert (every(tasks.publish_due), every(tasks.expire_due), every(tasks.remind_due)) == (
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(hours=1),
    )
