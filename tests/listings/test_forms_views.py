"""The questions of each step: what is read, what is refused and shown again, what patent classes offer."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.make import make_draft, technology_record
from tests.sent import as_sent
from verdure.listings import taxonomy
from verdure.listings.forms import steps_for
from verdure.listings.models import Listing
from verdure.listings.records import ListingRecord

from .written import NEED, TECHNOLOGY, signed_in, step, stored

pytestmark = pytest.mark.django_db


ALL_STEPS = [(record, found.slug) for record in (TECHNOLOGY, NEED) for found in steps_for(record.kind)]


@pytest.mark.parametrize(("record", "slug"), ALL_STEPS, ids=[f"{r.kind}-{slug}" for r, slug in ALL_STEPS])
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_step_sent_back_as_it_was_opened_changes_nothing(
    client: Client, record: ListingRecord, slug: str, language: str
) -> None:
    listing = make_draft(record)
    signed_in(client, listing)
    headers = {"accept-language": language}
    page = client.get(step(listing, slug), headers=headers)
    assert (page.status_code, page["Cache-Control"]) == (200, "max-age=0, no-cache, no-store, must-revalidate, private")
    answer = client.post(step(listing, slug), as_sent(page), headers=headers)
    assert answer.status_code == 302
    assert stored(listing) == record
    assert Listing.objects.get(pk=listing.pk).version == 1


BAD: list[tuple[ListingRecord, str, dict[str, str | list[str]], set[str]]] = [
    (TECHNOLOGY, "basics", {"title": " "}, {"title"}),
    (TECHNOLOGY, "basics", {"title": "x" * 10_000}, {"title"}),
    (TECHNOLOGY, "basics", {"language": "en"}, {"language"}),  # there is an English version already
    (TECHNOLOGY, "basics", {"organisation": "0", "language": "xx"}, {"organisation", "language"}),
    (TECHNOLOGY, "text", {"description": "x" * 50_001}, {"description"}),
    (TECHNOLOGY, "fit", {"ipc": "C02F 1/14; nonsense"}, {"ipc"}),
    (TECHNOLOGY, "fit", {"fields": [leaf.code for leaf in taxonomy.leaves()[:6]]}, {"fields"}),
    (TECHNOLOGY, "fit", {"fields": ["no.such"], "places": ["XX"], "goals": ["18"]}, {"fields", "places", "goals"}),
    (TECHNOLOGY, "terms", {"amount_min": "5", "amount_max": "4"}, {"amount_max"}),
    (TECHNOLOGY, "terms", {"currency": ""}, {"currency"}),
    (TECHNOLOGY, "terms", {"currency": "XQZ"}, {"currency"}),
    (TECHNOLOGY, "terms", {"amount_min": "about 5", "readiness": "10"}, {"amount_min", "readiness"}),
    (NEED, "terms", {"deadline": "soon"}, {"deadline"}),
    (NEED, "terms", {"amount_min": "-1"}, {"amount_min"}),
    (TECHNOLOGY, "links", {"website": "javascript:alert(1)"}, {"website"}),
]  # fmt: skip


@pytest.mark.parametrize(("record", "slug", "change", "wrong"), BAD)
def test_bad_answers_are_named_at_their_fields_and_nothing_typed_is_lost(
    client: Client, record: ListingRecord, slug: str, change: dict[str, Any], wrong: set[str]
) -> None:
    listing = make_draft(record)
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, slug))) | {
        name: value if isinstance(value, list) else [value] for name, value in change.items()
    }
    answer = client.post(step(listing, slug), sent)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == wrong
    again = as_sent(answer)
    choices = {"fields", "places", "goals", "organisation", "language", "readiness"}  # cannot show what is no choice
    assert {n: again.get(n) for n in sent if n not in choices} == {n: sent[n] for n in sent if n not in choices}
    assert stored(listing) == record


def test_error_summary_names_every_field_and_takes_focus(client: Client) -> None:
    listing = make_draft(TECHNOLOGY)
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "terms"))) | {"amount_min": ["five"], "currency": ["€"]}
    page = client.post(step(listing, "terms"), sent).content.decode()
    assert "2 things to put right" in page
    assert page.count("data-take-focus") == 1
    assert ['href="#id_amount_min"' in page, 'href="#id_currency"' in page] == [True, True]
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize(
    ("slug", "change", "place", "field"),
    [
        ("claims", {"form-0-value": ["many"]}, 0, "value"),
        ("claims", {"form-1-metric": [""]}, 1, "metric"),
        ("claims", {"form-0-value": ["99999999999999999"]}, 0, "value"),
        ("patents", {"form-1-office": ["Europe"]}, 1, "office"),
        ("patents", {"form-0-expires": ["2019-01-01"]}, 0, "expires"),
        ("languages", {"form-1-title": [""]}, 1, "title"),
    ],
)
def test_bad_answer_of_a_repeated_question_is_named_at_its_field(
    client: Client, slug: str, change: dict[str, list[str]], place: int, field: str
) -> None:
    listing = make_draft(TECHNOLOGY)
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, slug))) | change
    answer = client.post(step(listing, slug), sent)
    assert answer.status_code == 422
    assert [set(errors) for errors in answer.context["form"].errors] == [
        {field} if n == place else set() for n in range(len(answer.context["form"].errors))
    ]
    assert as_sent(answer) == sent
    assert f'href="#id_form-{place}-{field}"' in answer.content.decode()
    assert stored(listing) == TECHNOLOGY


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_second_version_of_a_language_is_refused(client: Client, language: str) -> None:
    """Against another version, and against the original."""
    listing = make_draft(TECHNOLOGY)
    signed_in(client, listing)
    change = {"form-0-language": [language]}
    answer = client.post(step(listing, "languages"), as_sent(client.get(step(listing, "languages"))) | change)
    assert answer.status_code == 422
    assert "two versions in the same language; keep one" in answer.content.decode()
    assert stored(listing) == TECHNOLOGY


def test_emptied_and_ticked_items_are_taken_out(client: Client) -> None:
    listing = make_draft(TECHNOLOGY)
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "claims")))
    emptied = {name: [""] for name in sent if name.startswith("form-0-")}
    client.post(step(listing, "claims"), sent | emptied)
    assert stored(listing).claims == TECHNOLOGY.claims[1:]
    sent = as_sent(client.get(step(listing, "claims"))) | {"form-0-DELETE": ["on"]}
    client.post(step(listing, "claims"), sent)
    assert stored(listing).claims == ()


def test_version_keeps_what_its_form_does_not_ask(client: Client) -> None:
    odd = dataclasses.replace(TECHNOLOGY.texts[1], problem="From an import.")
    record = dataclasses.replace(TECHNOLOGY, texts=(TECHNOLOGY.texts[0], odd))
    listing = make_draft(record)
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "languages"))) | {"form-0-title": ["Still"]}
    client.post(step(listing, "languages"), sent)
    assert stored(listing).texts[1] == dataclasses.replace(odd, title="Still")


def test_readiness_is_chosen_by_its_stage_in_the_readers_words(client: Client) -> None:
    listing = make_draft(TECHNOLOGY)
    signed_in(client, listing)
    page = client.get(step(listing, "terms"))
    assert [str(label) for _value, label in page.context["form"].fields["readiness"].choices] == [
        "Not stated",
        "TRL 1: concept", "TRL 2: concept", "TRL 3: under development", "TRL 4: under development",
        "TRL 5: lab tested", "TRL 6: lab tested", "TRL 7: available for demonstration",
        "TRL 8: available for demonstration", "TRL 9: on the market",
    ]  # fmt: skip


def test_amounts_are_read_with_the_readers_decimal_sign(client: Client) -> None:
    listing = make_draft(TECHNOLOGY)
    signed_in(client, listing)
    headers = {"accept-language": "fr"}
    sent = as_sent(client.get(step(listing, "terms"), headers=headers))
    assert sent["amount_max"] == ["3400,5"]
    client.post(step(listing, "terms"), sent | {"amount_max": ["3500,75"]}, headers=headers)
    assert stored(listing).amount_max == Decimal("3500.75")


def test_new_classes_bring_the_person_back_to_offers_that_can_be_ticked(client: Client) -> None:
    listing = make_draft(technology_record(fields=()))
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "fit")))
    answer = client.post(step(listing, "fit"), sent | {"ipc": ["C02F 1/14"]}, follow=True)
    assert answer.redirect_chain == [(step(listing, "fit"), 302)]
    offers = answer.context["form"].offers()
    assert [(offer.code, offer.label, offer.classes) for offer in offers] == [
        ("water.desalination", "Desalination", ("C02F1/14",))
    ]
    assert 'id="offer-1"' in answer.content.decode()
    sent = as_sent(answer)
    answer = client.post(step(listing, "fit"), sent | {"fields": ["water.desalination"]})
    assert answer["Location"] == step(listing, "terms")
    assert stored(listing).fields == ("water.desalination",)


def test_offer_that_is_not_wanted_is_asked_once_only(client: Client) -> None:
    listing = make_draft(technology_record(fields=(), ipc=("C02F1/14",)))
    signed_in(client, listing)
    answer = client.post(step(listing, "fit"), as_sent(client.get(step(listing, "fit"))))
    assert answer["Location"] == step(listing, "terms")


def test_classes_of_chosen_fields_offer_nothing(client: Client) -> None:
    listing = make_draft(technology_record(fields=("water.desalination",), ipc=("C02F1/14",)))
    signed_in(client, listing)
    assert "offer-1" not in client.get(step(listing, "fit")).content.decode()


def test_forms_are_in_the_readers_language(client: Client) -> None:
    listing = make_draft()
    signed_in(client, listing)
    page = client.get(step(listing, "fit"), headers={"accept-language": "fr"}).content.decode()
    assert "Allemagne" in page
