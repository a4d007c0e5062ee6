"""What nobody else may see is planted everywhere, then every page that a visitor or a stranger can reach is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.make import (
    edited,
    make_draft,
    make_moderator,
    make_need,
    make_organisation,
    make_submitted,
    make_technology,
    make_user,
    need_record,
    technology_record,
)
from verdure.accounts.models import Organisation, User
from verdure.discovery import actions as discovery
from verdure.listings import actions
from verdure.listings.models import Attachment, Listing

pytestmark = pytest.mark.django_db

# Each names what it must not be seen of.
SECRETS = [
    "Zdraftword", "Zsubmittedword", "Zchangesword", "Zrejectedword", "Zscheduledword", "Zpausedword", "Zwithdrawnword",
    "Zarchivedword", "Zearlierword", "Zmoderatormessage", "Zreason", "Zownername", "zowner@secret.example",
    "Zmoderatorname", "zmoderator@secret.example", "zmoderator", "Zfilename",
]  # fmt: skip
KNOWN = "Yknownword"  # public, to prove that the crawl reads
MOST_PAGES = 400


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("href", "src", "hx-get", "action"):
            if given.get(name):
                self.found.append(given[name] or "")


def links_in(html: str, *, at: str) -> Iterator[str]:
    reader = _Links()
    reader.feed(html)
    for link in reader.found:
        address = urldefrag(urljoin(f"http://testserver{at}", link))[0]
        parts = urlsplit(address)
        if parts.netloc == "testserver" and not parts.path.startswith("/static/"):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def crawled(client: Client, start: list[str]) -> dict[str, str]:
    """Every page within reach by GET, with what it says; redirects are followed as one more address."""
    pages: dict[str, str] = {}
    waiting = list(start)
    while waiting and len(pages) < MOST_PAGES:
        address = waiting.pop(0)
        if address in pages or "logout" in address:
            continue
        answer = client.get(address)
        body = answer.getvalue() if answer.streaming else answer.content
        answer.close()
        text = body.decode(errors="replace") + "\n".join(f"{name}: {value}" for name, value in answer.items())
        pages[address] = text
        if "Location" in answer:
            waiting.append(answer["Location"])
        elif "html" in answer.get("Content-Type", ""):
            waiting.extend(links_in(text, at=address))
    return pages


@pytest.fixture
def owner() -> User:
    person = make_user("zowner@secret.example")
    person.name = "Zownername"
    person.save()
    return person


@pytest.fixture
def site(owner: User) -> Organisation:
    """One organisation with a listing in every state that is not public, and others that are."""
    organisation = make_organisation(owner=owner, name="Openworks")
    moderator = make_moderator(email="zmoderator@secret.example")
    moderator.name = "Zmoderatorname"
    moderator.save()

    def handed_in(word: str) -> Listing:
        return make_submitted(
            technology_record(f"{word} still", website=f"https://{word}.example"), organisation=organisation
        )

    draft = make_draft(need_record("Zdraftword pump"), organisation=organisation)
    actions.attach(draft, SimpleUploadedFile("Zfilename.pdf", b"Zdraftword"), use=Attachment.Use.DOCUMENT, by=owner)
    handed_in("Zsubmittedword")
    actions.ask_for_changes(handed_in("Zchangesword"), "Zmoderatormessage", by=moderator)
    actions.reject(handed_in("Zrejectedword"), "Zreason", by=moderator)
    actions.approve(handed_in("Zscheduledword"), by=moderator, publish_at=timezone.now() + timedelta(days=1))
    for word, verbs in {
        "Zpausedword": [actions.pause],
        "Zwithdrawnword": [actions.withdraw],
        "Zarchivedword": [actions.withdraw, actions.archive],
    }.items():
        listing = handed_in(word)
        actions.approve(listing, by=moderator)
        for verb in verbs:
            verb(listing, by=owner)
    known = make_technology(f"Zearlierword {KNOWN} still", organisation=organisation)
    actions.change(known, edited(known, title=f"{KNOWN} still"), by=owner)
    make_need()
    discovery.catch_up()
    discovery.match_listings(list(Listing.objects.values_list("pk", flat=True)))
    return organisation


def addresses() -> list[str]:
    """Where links lead, and where somebody who guesses would look."""
    guessed = ["/", "/search/", "/desk/", "/moderation/", "/desk/jobs/", "/import/", "/admin/"]
    guessed += [f"/search/?q={word}" for word in [*SECRETS[:9], KNOWN]]
    for pk in range(1, Listing.objects.count() + 2):
        guessed += [f"/listings/{pk}/", f"/listings/{pk}/edit/", f"/listings/{pk}/edit/basics/",
                    f"/listings/{pk}/versions/", f"/listings/{pk}/files/1/", f"/moderation/{pk}/",
                    f"/organisations/{pk}/", f"/organisations/{pk}/edit/"]  # fmt: skip
    return guessed


@pytest.mark.parametrize("who", ["visitor", "stranger"])
def test_nothing_secret_is_on_any_page(client: Client, site: Organisation, who: str) -> None:
    if who == "stranger":
        stranger = make_organisation(name="Elsewhere").memberships.get().user
        client.force_login(stranger)
    pages = crawled(client, addresses())
    assert len(pages) > 100
    assert KNOWN in pages[f"/search/?q={KNOWN}"]
    asked = {f"/search/?q={word}" for word in SECRETS}  # a search page repeats what was asked for
    leaks = {
        (address, word)
        for address, text in pages.items()
        for word in SECRETS
        if word.lower() in text.lower() and address not in asked
    }
    assert leaks == set()


def test_search_finds_nothing_by_a_secret_word(client: Client, site: Organisation) -> None:
    def found(word: str) -> list[str]:
        return [row.listing.title for row in client.get("/search/", {"q": word}).context["page"].rows]

    assert found(KNOWN) == [f"{KNOWN} still"]
    assert {word: found(word) for word in SECRETS} == {word: [] for word in SECRETS}


def test_own_organisation_sees_what_strangers_do_not(client: Client, site: Organisation, owner: User) -> None:
    """The same words are found by whoever may see them: the crawl would have seen them, too."""
    client.force_login(owner)
    found = "".join(crawled(client, ["/desk/"]).values())
    seen = {word for word in SECRETS if word in found}
    assert seen >= {"Zdraftword", "Zsubmittedword", "Zchangesword", "Zpausedword", "Zmoderatormessage", "Zfilename"}
