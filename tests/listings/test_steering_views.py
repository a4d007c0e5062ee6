"""The overview of an own listing: what is missing, what can be done, and earlier versions to put back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.make import (
    edited,
    make_draft,
    make_moderator,
    make_need,
    make_published,
    make_submitted,
    make_user,
    owner_of,
    technology_record,
)
from verdure.listings import actions
from verdure.listings.models import Listing, Revision, State

from .written import signed_in, step, stored

pytestmark = pytest.mark.django_db


def overview(listing: Listing) -> str:
    return reverse("listing_edit", args=[listing.pk])


def steer(listing: Listing, verb: str) -> str:
    return reverse("listing_steer", args=[listing.pk, verb])


def test_overview_names_what_is_missing_and_leads_to_its_question(client: Client) -> None:
    listing = make_draft(technology_record(fields=(), deals=(), readiness=None, ip_status=""))
    signed_in(client, listing)
    page = client.get(overview(listing))
    assert [(problem.column, slug) for problem, slug in page.context["missing"]] == [
        ("readiness", "terms"),
        ("ip_status", "terms"),
        ("fields", "fit"),
        ("deals", "terms"),
    ]
    assert {place.slug: place.missing for place in page.context["steps"]} == {
        "basics": False, "text": False, "fit": True, "terms": True, "patents": False, "claims": False,
        "languages": False, "links": False,
    }  # fmt: skip
    assert f'href="{step(listing, "fit")}#id_fields"' in page.content.decode()
    assert 'id="id_fields"' in client.get(step(listing, "fit")).content.decode()


def test_handing_in_what_is_not_whole_is_refused(client: Client) -> None:
    listing = make_draft(technology_record(deals=()))
    signed_in(client, listing)
    answer = client.post(steer(listing, "submit"), follow=True)
    assert answer.redirect_chain == [(overview(listing), 302)]
    assert "Something is still missing; it is listed below." in answer.content.decode()
    listing.refresh_from_db()
    assert listing.state == State.DRAFT


VERBS_OFFERED = {
    State.DRAFT: {"submit", "archive"},
    State.SUBMITTED: {"withdraw"},
    State.CHANGES_REQUESTED: {"submit", "withdraw"},
    State.APPROVED: {"withdraw"},
    State.PUBLISHED: {"pause", "withdraw"},
    State.PAUSED: {"resume", "withdraw", "archive"},
    State.EXPIRED: {"resume", "withdraw", "archive"},
    State.REJECTED: {"reopen", "archive"},
    State.WITHDRAWN: {"reopen", "archive"},
    State.ARCHIVED: {"reopen"},
}


@pytest.mark.parametrize("state", VERBS_OFFERED)
def test_overview_offers_what_can_be_done_from_the_state(client: Client, state: State) -> None:
    listing = make_published()
    Listing.objects.filter(pk=listing.pk).update(state=state, publish_at=timezone.now(), state_message="because")
    signed_in(client, listing)
    page = client.get(overview(listing)).content.decode()
    verbs = ("submit", "pause", "resume", "reconfirm", "withdraw", "archive", "reopen")
    assert {verb for verb in verbs if steer(listing, verb) in page} == VERBS_OFFERED[state]


STEPS = [
    (make_draft, "submit", State.SUBMITTED),
    (make_published, "pause", State.PAUSED),
    (make_published, "reconfirm", State.PUBLISHED),
    (make_published, "withdraw", State.WITHDRAWN),
    (make_draft, "archive", State.ARCHIVED),
]


@pytest.mark.parametrize(("make", "verb", "state"), STEPS)
def test_verb_is_done_and_said(client: Client, make: object, verb: str, state: State) -> None:
    listing: Listing = make()  # type: ignore[operator]
    signed_in(client, listing)
    answer = client.post(steer(listing, verb))
    assert (answer.status_code, answer["Location"]) == (302, overview(listing))
    listing.refresh_from_db()
    assert listing.state == state


def test_withdrawn_listing_is_taken_up_again(client: Client) -> None:
    listing = make_published()
    signed_in(client, listing)
    for verb in ("pause", "resume", "withdraw", "reopen", "archive", "reopen"):
        client.post(steer(listing, verb))
    listing.refresh_from_db()
    assert listing.state == State.DRAFT


def test_verb_that_leads_nowhere_is_refused_in_words(client: Client) -> None:
    listing = make_submitted()
    signed_in(client, listing)
    page = client.post(steer(listing, "pause"), follow=True).content.decode()
    assert "This listing is “submitted” now, so that cannot be done." in page


def test_steering_needs_a_button_and_the_right_person(client: Client) -> None:
    listing = make_published()
    signed_in(client, listing)
    assert client.get(steer(listing, "withdraw")).status_code == 405
    assert client.post(steer(listing, "approve")).status_code == 404
    for person in (make_user(), make_moderator()):
        client.force_login(person)
        assert client.post(steer(listing, "withdraw")).status_code == 403
    listing.refresh_from_db()
    assert listing.state == State.PUBLISHED


def test_confirming_is_offered_when_it_is_due(client: Client) -> None:
    listing = make_published()
    signed_in(client, listing)
    assert steer(listing, "reconfirm") not in client.get(overview(listing)).content.decode()
    Listing.objects.filter(pk=listing.pk).update(expires_at=timezone.now() + timedelta(days=30))
    assert steer(listing, "reconfirm") in client.get(overview(listing)).content.decode()


def test_need_past_its_day_is_led_to_a_later_one_first(client: Client) -> None:
    need = make_need(deadline=timezone.now().date() - timedelta(days=1))
    actions.expire_due()
    signed_in(client, need)
    page = client.get(overview(need)).content.decode()
    assert (steer(need, "resume") in page, step(need, "terms") in page) == (False, True)


# --- earlier versions


def changed_twice() -> Listing:
    listing = make_published(technology_record("First"))
    assert listing.organisation is not None
    by = owner_of(listing.organisation)
    listing = actions.change(listing, edited(listing, title="Second", goals=(6,)), by=by)
    return actions.change(listing, edited(listing, title="Third"), by=by)


def versions(listing: Listing) -> str:
    return reverse("listing_versions", args=[listing.pk])


def restore(listing: Listing, version: int) -> str:
    return reverse("listing_restore", args=[listing.pk, version])


def test_versions_show_who_saved_them_and_what_putting_back_would_change(client: Client) -> None:
    listing = changed_twice()
    person = signed_in(client, listing)
    shown = client.get(versions(listing)).context["versions"]
    assert [(item.revision.version, item.by) for item in shown] == [(n, person.name) for n in (3, 2, 1)]
    assert [[(d.label, d.parts) for d in item.differences] for item in shown] == [
        [],
        [("Title", (("removed", "Third"), ("added", "Second")))],
        [
            ("Title", (("removed", "Third"), ("added", "First"))),
            ("Sustainable Development Goals", (("removed", "6 Clean water and sanitation"),)),
        ],
    ]


def test_restore_puts_back_content_as_a_new_version() -> None:
    listing = changed_twice()
    assert listing.organisation is not None
    by = owner_of(listing.organisation)
    first = Revision.objects.get(listing=listing, version=1)
    restored = actions.restore(first, by=by)
    assert (stored(listing).texts[0].title, stored(listing).goals) == ("First", ())
    assert (restored.version, restored.state, restored.organisation) == (4, State.PUBLISHED, listing.organisation)
    assert [(r.version, r.record["texts"][0]["title"]) for r in listing.revisions.all()] == [
        (4, "First"), (3, "Third"), (2, "Second"), (1, "First"),
    ]  # fmt: skip


def test_version_is_put_back_from_the_page_and_said_in_the_history(client: Client) -> None:
    listing = changed_twice()
    signed_in(client, listing)
    answer = client.post(restore(listing, 2))
    assert (answer.status_code, answer["Location"]) == (302, versions(listing))
    assert stored(listing).texts[0].title == "Second"
    labels = [event.label for event in client.get(overview(listing)).context["history"]]
    assert labels == ["An earlier version put back", "Changed", "Published", "Handed in", "Begun"]


def test_version_that_may_no_longer_be_stored_is_refused_in_words(client: Client) -> None:
    listing = changed_twice()
    signed_in(client, listing)
    revision = Revision.objects.get(listing=listing, version=1)
    revision.record["fields"] = ["no.longer.there"]
    revision.save()
    page = client.post(restore(listing, 1), follow=True).content.decode()
    assert "Fields: “no.longer.there” is not a field of the taxonomy" in page
    assert stored(listing).texts[0].title == "Third"


def test_only_those_who_may_change_put_back(client: Client) -> None:
    listing = changed_twice()
    for person, expected in ((make_user(), 403), (make_moderator(), 403)):
        client.force_login(person)
        assert (client.get(versions(listing)).status_code, client.post(restore(listing, 1)).status_code) == (
            expected,
            expected,
        )
    person = signed_in(client, listing)
    assert client.post(restore(listing, 9)).status_code == 404
    actions.withdraw(listing, by=person)
    assert client.post(restore(listing, 1)).status_code == 403
    assert stored(listing).texts[0].title == "Third"
