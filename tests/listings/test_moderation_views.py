"""The moderators' queue and the four answers to a listing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from tests.make import (
    edited,
    make_draft,
    make_moderator,
    make_organisation,
    make_published,
    make_submitted,
    make_user,
    owner_of,
    technology_record,
)
from verdure.accounts.models import Membership, User
from verdure.listings import actions
from verdure.listings.models import Listing, State

from .written import TECHNOLOGY

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(client: Client) -> User:
    person = make_moderator()
    client.force_login(person)
    return person


def review(listing: Listing) -> str:
    return reverse("moderation_review", args=[listing.pk])


def decide(listing: Listing, verb: str) -> str:
    return reverse("moderation_decide", args=[listing.pk, verb])


def test_visitors_sign_in_and_members_are_refused(client: Client) -> None:
    listing = make_submitted()
    addresses = [reverse("moderation"), review(listing)]
    assert [client.get(address)["Location"] for address in addresses] == [
        f"{reverse('account_login')}?next={address}" for address in addresses
    ]
    assert listing.organisation is not None
    client.force_login(owner_of(listing.organisation))
    assert [client.get(address).status_code for address in addresses] == [403, 403]
    assert [client.post(decide(listing, verb)).status_code for verb in ("approve", "ask", "reject")] == [403] * 3
    listing.refresh_from_db()
    assert listing.state == State.SUBMITTED


def test_moderator_does_not_decide_about_an_offer_of_the_own_organisation(client: Client, moderator: User) -> None:
    listing = make_submitted()
    assert listing.organisation is not None
    Membership.objects.create(organisation=listing.organisation, user=moderator, role=Membership.Role.VIEWER)
    page = client.get(review(listing))
    assert (page.status_code, page.context["is_own"]) == (200, True)
    assert decide(listing, "approve") not in page.content.decode()
    assert client.post(decide(listing, "approve")).status_code == 403
    listing.refresh_from_db()
    assert listing.state == State.SUBMITTED


def test_queue_shows_what_waits_longest_first(client: Client, moderator: User) -> None:
    with travel("2026-03-01 12:00Z", tick=False) as clock:
        late, draft, early = make_submitted(), make_draft(), make_submitted()
        Listing.objects.filter(pk=early.pk).update(submitted_at=timezone.now() - timedelta(days=1))
        clock.shift(timedelta(hours=1))
        actions.take_up(late, by=moderator)
        page = client.get(reverse("moderation"))
    assert [(item.pk, item.taken_up) for item in page.context["queue"]] == [(early.pk, False), (late.pk, True)]
    assert (page.context["queue_length"], page.context["queue_rest"], page.context["listing"]) == (2, 0, None)
    assert draft.pk not in [item.pk for item in page.context["queue"]]


def test_empty_queue_says_so(client: Client, moderator: User) -> None:
    page = client.get(reverse("moderation"))
    assert (page.status_code, page.context["queue"]) == (200, [])
    assert "Nothing waits" in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_queue_asks_the_database_as_often_for_three_as_for_one(
    client: Client, moderator: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_submitted()
    with django_assert_num_queries(6):  # session, user, queue with texts, what is due twice
        client.get(reverse("moderation"))


@pytest.mark.parametrize("count", [1, 3])
def test_review_asks_the_database_as_often_for_three_as_for_one(
    client: Client, moderator: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    listing, *_rest = [make_submitted() for _ in range(count)]
    with django_assert_num_queries(24):
        client.get(review(listing))


def test_review_leads_to_its_neighbours(client: Client, moderator: User) -> None:
    first, second, third = (make_submitted() for _ in range(3))
    page = client.get(review(second))
    assert (page.context["previous_url"], page.context["next_url"]) == (review(first), review(third))
    actions.approve(second, by=moderator)
    page = client.get(review(second))
    assert (page.context["previous_url"], page.context["next_url"]) == ("", review(first))


def test_drafts_are_not_there_for_moderation(client: Client, moderator: User) -> None:
    listing = make_draft()
    assert client.get(review(listing)).status_code == 404
    assert client.post(decide(listing, "approve")).status_code == 404


def test_unknown_answer_is_not_found(client: Client, moderator: User) -> None:
    assert client.post(decide(make_submitted(), "praise")).status_code == 404


def test_answers_are_not_given_by_a_link(client: Client, moderator: User) -> None:
    listing = make_submitted()
    assert client.get(decide(listing, "approve")).status_code == 405


def test_taking_up_stays_at_the_listing(client: Client, moderator: User) -> None:
    listing = make_submitted()
    answer = client.post(decide(listing, "take_up"))
    assert (answer.status_code, answer["Location"]) == (302, review(listing))
    listing.refresh_from_db()
    assert listing.state == State.IN_REVIEW


def test_approving_publishes_and_goes_to_the_next(client: Client, moderator: User) -> None:
    first, second = make_submitted(), make_submitted()
    answer = client.post(decide(first, "approve"), {"publish_at": "", "message": ""})
    assert (answer.status_code, answer["Location"]) == (302, review(second))
    answer = client.post(decide(second, "approve"), {"publish_at": ""}, follow=True)
    assert answer.redirect_chain == [(reverse("moderation"), 302)]
    assert "“Solar still for brackish water”: published." in answer.content.decode()
    assert {listing.state for listing in Listing.objects.all()} == {State.PUBLISHED}


def test_approving_for_later_schedules(client: Client, moderator: User) -> None:
    with travel("2026-03-01 12:00Z", tick=False):
        listing = make_submitted()
        client.force_login(moderator)
        answer = client.post(decide(listing, "approve"), {"publish_at": "2026-03-05T09:30"}, follow=True)
        listing.refresh_from_db()
        assert (listing.state, listing.publish_at and listing.publish_at.isoformat()) == (
            State.APPROVED,
            "2026-03-05T09:30:00+00:00",
        )
        assert "approved; it is published at the time you set." in answer.content.decode()


@pytest.mark.parametrize(("verb", "state"), [("ask", State.CHANGES_REQUESTED), ("reject", State.REJECTED)])
def test_message_reaches_the_owner_word_for_word(client: Client, moderator: User, verb: str, state: State) -> None:
    listing = make_submitted()
    answer = client.post(decide(listing, verb), {"message": "Which water?\nHow long?"})
    assert answer["Location"] == reverse("moderation")
    listing.refresh_from_db()
    assert (listing.state, listing.state_message) == (state, "Which water?\nHow long?")
    assert listing.organisation is not None
    client.force_login(owner_of(listing.organisation))
    assert "Which water?<br>How long?" in client.get(reverse("listing_edit", args=[listing.pk])).content.decode()


@pytest.mark.parametrize("verb", ["ask", "reject"])
def test_answer_without_a_message_is_refused_and_keeps_the_rest(client: Client, moderator: User, verb: str) -> None:
    listing = make_submitted()
    answer = client.post(decide(listing, verb), {"message": "  ", "publish_at": "2027-01-01T10:00"})
    assert answer.status_code == 422
    assert set(answer.context["message_form"].errors) == {"message"}
    page = answer.content.decode()
    assert ('href="#id_message"' in page, 'value="2027-01-01T10:00"' in page) == (True, True)
    listing.refresh_from_db()
    assert listing.state == State.SUBMITTED


def test_bad_date_is_refused_and_keeps_the_message(client: Client, moderator: User) -> None:
    listing = make_submitted()
    answer = client.post(decide(listing, "approve"), {"message": "Well done", "publish_at": "tomorrow"})
    assert (answer.status_code, set(answer.context["approve_form"].errors)) == (422, {"publish_at"})
    page = answer.content.decode()
    assert ("Well done</textarea>" in page, page.count("data-take-focus")) == (True, 1)


def test_second_moderator_is_told_that_somebody_was_quicker(client: Client, moderator: User) -> None:
    listing = make_submitted()
    actions.approve(listing, by=make_moderator())
    answer = client.post(decide(listing, "reject"), {"message": "no"}, follow=True)
    assert answer.redirect_chain == [(review(listing), 302)]
    assert "This listing is “published” now" in answer.content.decode()
    listing.refresh_from_db()
    assert listing.state == State.PUBLISHED


def test_only_what_waits_can_be_answered(client: Client, moderator: User) -> None:
    page = client.get(review(make_published())).content.decode()
    assert ("Nothing to decide here." in page, decide(make_published(), "approve") in page) == (True, False)


def test_changes_since_it_was_last_handed_in_are_marked(client: Client, moderator: User) -> None:
    """However often it was saved in between, and whatever moderators did meanwhile."""
    organisation = make_organisation()
    by = owner_of(organisation)
    listing = make_submitted(technology_record("Solar still"), organisation=organisation)
    assert client.get(review(listing)).context["differences"] == ()
    actions.ask_for_changes(listing, "Say for which water.", by=moderator)
    listing = actions.change(listing, edited(listing, title="Solar still for sea water"), by=by)
    listing = actions.change(listing, edited(listing, readiness=8), by=by)
    actions.submit(listing, by=by)
    assert {item.label: item.parts for item in client.get(review(listing)).context["differences"]} == {
        "Title": (("same", "Solar still"), ("added", " for sea water")),
        "Readiness": (("same", "TRL"), ("removed", " 7"), ("added", " 8"), ("same", ", available for demonstration")),
    }


def test_moderator_reads_every_version_and_all_that_will_be_public(client: Client, moderator: User) -> None:
    listing = make_draft(TECHNOLOGY)
    Listing.objects.filter(pk=listing.pk).update(state=State.SUBMITTED)
    page = client.get(review(listing))
    assert [code for code, _name in page.context["versions"]] == ["fr", "en", "ar"]
    assert page.context["page"].listing.title == "Distillateur solaire"
    other = client.get(review(listing), {"language": "ar"})
    assert other.context["page"].listing.title == "مقطر شمسي"
    html = page.content.decode()
    told = ("EP 1234567 B1", "https://example.org/still", "https://video.example/1", "C02F1/14")
    assert [word in html for word in told] == [True] * 4


def test_keys_are_named_on_the_page(client: Client, moderator: User) -> None:
    first, second = make_submitted(), make_submitted()
    page = client.get(review(first)).content.decode()
    assert {key: f'data-key="{key}"' in page for key in "ajcr"} == dict.fromkeys("ajcr", True)
    assert "data-shortcuts-toggle" in page
    assert review(second) in page


def test_member_of_no_organisation_cannot_moderate(client: Client) -> None:
    client.force_login(make_user())
    assert client.get(reverse("moderation")).status_code == 403
