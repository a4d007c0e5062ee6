"""Two people, two tabs, and saving while one types: nothing is overwritten unseen, nothing typed is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.make import edited, make_draft, make_published
from tests.sent import as_sent
from verdure.listings import actions
from verdure.listings.models import Listing
from verdure.listings.records import ClaimRecord

from .written import TECHNOLOGY, signed_in, step, stored

pytestmark = pytest.mark.django_db


def test_answers_that_somebody_else_changed_are_shown_beside_mine_and_neither_is_lost(client: Client) -> None:
    listing = make_draft()
    person = signed_in(client, listing)
    mine = as_sent(client.get(step(listing, "basics"))) | {"title": ["Solar still for salt water"]}
    actions.change(listing, edited(listing, title="Solar still for sea water"), by=person)

    answer = client.post(step(listing, "basics"), mine)
    assert answer.status_code == 409
    assert stored(listing).texts[0].title == "Solar still for sea water"
    (difference,) = answer.context["conflict"]
    assert (difference.label, difference.parts) == (
        "Title",
        (("same", "Solar still for"), ("removed", " sea"), ("added", " salt"), ("same", " water")),
    )
    assert as_sent(answer)["title"] == ["Solar still for salt water"]

    assert client.post(step(listing, "basics"), as_sent(answer)).status_code == 302  # saved again, knowing both
    assert stored(listing).texts[0].title == "Solar still for salt water"


def test_answers_of_other_steps_do_not_conflict_and_both_are_kept(client: Client) -> None:
    listing = make_draft()
    person = signed_in(client, listing)
    mine = as_sent(client.get(step(listing, "basics"))) | {"title": ["Mine"]}
    actions.change(listing, edited(listing, website="https://example.org/theirs"), by=person)
    assert client.post(step(listing, "basics"), mine).status_code == 302
    assert (stored(listing).texts[0].title, stored(listing).website) == ("Mine", "https://example.org/theirs")


def test_same_answers_twice_do_not_conflict(client: Client) -> None:
    listing = make_draft()
    signed_in(client, listing)
    mine = as_sent(client.get(step(listing, "basics"))) | {"title": ["Mine"]}
    assert [client.post(step(listing, "basics"), mine).status_code for _ in range(2)] == [302, 302]
    assert Listing.objects.get().version == 2


def test_conflict_in_claims_shows_both(client: Client) -> None:
    listing = make_draft(TECHNOLOGY)
    person = signed_in(client, listing)
    mine = as_sent(client.get(step(listing, "claims"))) | {"form-1-value": ["-1300"]}
    actions.change(listing, edited(listing, claims=TECHNOLOGY.claims[:1]), by=person)
    answer = client.post(step(listing, "claims"), mine)
    assert answer.status_code == 409
    assert [difference.label for difference in answer.context["conflict"]] == ["Numbers"]
    assert client.post(step(listing, "claims"), as_sent(answer)).status_code == 302
    assert [claim.value for claim in stored(listing).claims] == [Decimal(4), Decimal(-1300)]


def test_error_does_not_make_the_page_forget_what_it_was_opened_with(client: Client) -> None:
    listing = make_draft()
    person = signed_in(client, listing)
    mine = as_sent(client.get(step(listing, "basics"))) | {"title": [""]}
    actions.change(listing, edited(listing, title="Theirs"), by=person)
    wrong = client.post(step(listing, "basics"), mine)
    assert wrong.status_code == 422
    assert client.post(step(listing, "basics"), as_sent(wrong) | {"title": ["Mine"]}).status_code == 409
    assert stored(listing).texts[0].title == "Theirs"


def test_handed_in_meanwhile_nothing_is_saved_and_the_text_stays_on_the_page(client: Client) -> None:
    listing = make_draft()
    person = signed_in(client, listing)
    mine = as_sent(client.get(step(listing, "basics"))) | {"title": ["Too late"]}
    actions.submit(listing, by=person)
    answer = client.post(step(listing, "basics"), mine)
    assert answer.status_code == 409
    assert as_sent(answer)["title"] == ["Too late"]
    assert "This listing is “submitted” now and cannot be changed." in answer.content.decode()
    assert stored(listing).texts[0].title == "Solar still for brackish water"
    assert client.get(step(listing, "basics"))["Location"] == reverse("listing_edit", args=[listing.pk])


def autosaved(client: Client, listing: Listing, slug: str, sent: dict[str, list[str]]) -> Any:
    return client.post(reverse("listing_autosave", args=[listing.pk, slug]), sent)


def test_autosave_keeps_what_is_typed_and_the_page_can_go_on_saving(client: Client) -> None:
    listing = make_draft()
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "text"))) | {"description": ["A"]}
    answer = autosaved(client, listing, "text", sent)
    assert (answer.status_code, answer.content) == (204, b"")
    assert stored(listing).texts[0].description == "A"
    sent |= {"version": [answer["X-Version"]], "description": ["A bas"]}
    assert autosaved(client, listing, "text", sent).status_code == 204
    sent |= {"version": [autosaved(client, listing, "text", sent)["X-Version"]], "description": ["A basin"]}
    assert client.post(step(listing, "text"), sent)["Location"] == step(listing, "fit")
    assert stored(listing).texts[0].description == "A basin"


def test_autosave_of_claims_is_not_doubled_by_saving(client: Client) -> None:
    listing = make_draft()
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "claims"))) | {"form-0-metric": ["yield"], "form-0-value": ["4"]}
    answer = autosaved(client, listing, "claims", sent)
    assert answer.status_code == 204
    client.post(step(listing, "claims"), sent | {"version": [answer["X-Version"]]})
    assert stored(listing).claims == (ClaimRecord(metric="yield", value=Decimal(4)),)


def test_autosave_keeps_the_valid_part(client: Client) -> None:
    listing = make_draft()
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "basics"))) | {"title": [""], "summary": ["Kept all the same."]}
    answer = autosaved(client, listing, "basics", sent)
    assert answer.status_code == 422
    text = stored(listing).texts[0]
    assert (text.title, text.summary) == ("Solar still for brackish water", "Kept all the same.")


def test_autosave_never_overwrites_somebody_else(client: Client) -> None:
    listing = make_draft()
    person = signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "basics"))) | {"title": ["Mine"]}
    actions.change(listing, edited(listing, title="Theirs"), by=person)
    assert autosaved(client, listing, "basics", sent).status_code == 409
    assert stored(listing).texts[0].title == "Theirs"


def test_autosave_leaves_public_listings_alone(client: Client) -> None:
    listing = make_published()
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "basics")))
    assert 'data-autosave="' not in client.get(step(listing, "basics")).content.decode()
    assert autosaved(client, listing, "basics", sent | {"title": ["Half a ti"]}).status_code == 409
    assert stored(listing).texts[0].title == "Solar still for brackish water"


def test_autosave_without_signing_in_says_so(client: Client) -> None:
    assert autosaved(client, make_draft(), "basics", {}).status_code == 401


def test_typing_leaves_one_event_in_the_history_and_no_version(client: Client) -> None:
    listing = make_draft()
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "text")))
    for text in ("A", "A b", "A bas"):
        answer = autosaved(client, listing, "text", sent | {"description": [text]})
        sent |= {"version": [answer["X-Version"]]}
    page = client.get(reverse("listing_edit", args=[listing.pk]))
    assert [event.label for event in page.context["history"]] == ["Changed", "Begun"]
    assert listing.revisions.count() == 0
