"""My desk: what waits for me first, then what is mine; and the number in the bar of every page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.make import (
    make_draft,
    make_moderator,
    make_need,
    make_organisation,
    make_submitted,
    make_technology,
    make_user,
    owner_of,
)
from verdure.accounts.actions import add_member
from verdure.accounts.models import Membership, Organisation, User
from verdure.discovery.models import Match
from verdure.listings import actions
from verdure.listings.models import Listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> Organisation:
    return make_organisation(name="Lamu Water Works")


@pytest.fixture
def owner(organisation: Organisation, client: Client) -> User:
    person = owner_of(organisation)
    client.force_login(person)
    return person


def match(need: Listing, technology: Listing) -> Match:
    now = timezone.now()
    return Match.objects.create(
        need=need, technology=technology, score=0.7, among_need_best=True, among_technology_best=True, computed_at=now
    )  # fmt: skip


def test_desk_is_for_those_signed_in(client: Client) -> None:
    assert client.get(reverse("desk"))["Location"] == f"{reverse('account_login')}?next=/desk/"


def test_desk_of_a_newcomer_says_where_to_begin(client: Client) -> None:
    client.force_login(make_user())
    page = client.get(reverse("desk"))
    assert (page.status_code, page.context["page"].tasks, page.context["page"].listings) == (200, [], [])
    html = page.content.decode()
    assert [text in html for text in ("Nothing waits for you.", "No listings yet", reverse("organisation_new"))] == [
        True
    ] * 3


def test_tasks_are_what_waits_for_the_person(client: Client, organisation: Organisation, owner: User) -> None:
    moderator = make_moderator()
    asked = make_submitted(organisation=organisation)
    actions.ask_for_changes(asked, "More.", by=moderator)
    paused, ending, quiet = (make_technology(name, organisation=organisation) for name in ("Paused", "Ending", "Quiet"))
    actions.pause(paused, by=owner)
    until = timezone.now() + timedelta(days=20)
    Listing.objects.filter(pk=ending.pk).update(expires_at=until)
    make_draft(organisation=organisation)
    tasks = {task.text: (task.url, task.due) for task in client.get(reverse("desk")).context["page"].tasks}
    assert tasks == {
        "A moderator asks for changes: Solar still for brackish water": (f"/listings/{asked.pk}/edit/", None),
        "Paused, nobody sees it: Paused": (f"/listings/{paused.pk}/edit/", None),
        "Confirm that it still holds: Ending": (f"/listings/{ending.pk}/edit/", until),
    }
    assert f"/listings/{quiet.pk}/edit/" not in [url for url, _due in tasks.values()]


def test_tasks_of_the_secretariat(client: Client) -> None:
    client.force_login(make_moderator())
    assert client.get(reverse("desk")).context["page"].tasks == []
    for _ in range(2):
        make_submitted()
    (task,) = client.get(reverse("desk")).context["page"].tasks
    assert (task.text, task.url) == ("2 listings to moderate", reverse("moderation"))


def test_listings_are_those_the_person_writes_for(client: Client, organisation: Organisation, owner: User) -> None:
    draft, public = make_draft(organisation=organisation), make_technology("Public", organisation=organisation)
    away = make_draft(organisation=organisation)
    actions.archive(away, by=owner)
    read_only = make_organisation()
    add_member(read_only, owner, role=Membership.Role.VIEWER, by=None)
    make_draft(organisation=read_only)
    make_draft()
    page = client.get(reverse("desk")).context["page"]
    assert [(item.url, item.steer_url) for item in page.listings] == [
        (f"/listings/{public.pk}/", f"/listings/{public.pk}/edit/"),
        (f"/listings/{draft.pk}/edit/", f"/listings/{draft.pk}/edit/"),
    ]
    assert [item.steer_url for item in page.put_away] == [f"/listings/{away.pk}/edit/"]
    assert [str(item) for item in page.organisations] == ["Lamu Water Works"]


def test_matches_are_counted_for_public_sides_only(client: Client, organisation: Organisation, owner: User) -> None:
    technology = make_technology(organisation=organisation)
    first, second, hidden = (make_need() for _ in range(3))
    for need in (first, second, hidden):
        match(need, technology)
    assert hidden.organisation is not None
    actions.pause(hidden, by=owner_of(hidden.organisation))
    page = client.get(reverse("desk")).context["page"]
    assert [item.matches for item in page.listings] == [2]
    assert {row.need.url for row in page.matches} == {first.get_absolute_url(), second.get_absolute_url()}


def test_many_listings_come_in_pages(client: Client, organisation: Organisation, owner: User) -> None:
    for _ in range(26):
        make_draft(organisation=organisation)
    page = client.get(reverse("desk")).context["page"]
    assert (len(page.listings), page.pages.next_url) == (25, "?page=2#listings")
    assert len(client.get(reverse("desk"), {"page": "2"}).context["page"].listings) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_desk_asks_the_database_as_often_for_three_as_for_one(
    client: Client,
    owner: User,
    organisation: Organisation,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(count):
        technology, need = make_technology(organisation=organisation), make_need()
        match(need, technology)
        make_draft(organisation=organisation)
        asked = make_submitted(organisation=organisation)
        actions.ask_for_changes(asked, "More.", by=make_moderator())
    with django_assert_num_queries(15):
        client.get(reverse("desk"))


# --- the number in the bar


def test_number_counts_what_waits(client: Client, organisation: Organisation, owner: User) -> None:
    page = client.get(reverse("organisation", args=[organisation.pk]))
    assert (page.context["due_count"], 'class="count"' in page.content.decode()) == (0, False)
    for _ in range(2):
        paused = make_technology(organisation=organisation)
        actions.pause(paused, by=owner)
    page = client.get(reverse("organisation", args=[organisation.pk]))
    assert (page.context["due_count"], "2 things wait for you" in page.content.decode()) == (2, True)


def test_number_of_a_moderator_counts_the_queue(client: Client) -> None:
    client.force_login(make_moderator())
    make_submitted()
    assert client.get(reverse("desk")).context["due_count"] == 1


def test_visitors_and_parts_of_pages_cost_no_question(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = client.get(reverse("page", args=["help"]))
    assert "due_count" not in page.context
    with django_assert_num_queries(0):
        client.get(reverse("page", args=["help"]))
    client.force_login(make_moderator())
    with django_assert_num_queries(2):  # session and user
        client.get(reverse("page", args=["help"]), headers={"HX-Request": "true"})
