"""Mail to users: once each, in their language, and one that fails keeps no other back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils.translation import get_language
from pytest_django import Settings

from tests.make import make_user
from verdure.accounts.letters import NotSent, send_letters
from verdure.accounts.models import SentLetter, User

pytestmark = pytest.mark.django_db
TEMPLATE = "listings/mail/submitted.txt"


def context() -> dict[str, Any]:
    return {"title": f"A title in {get_language()}", "edit_url": "https://x.example/1/", "site_name": "V & Co"}


def test_letter_goes_out_once() -> None:
    person = make_user()
    assert send_letters([person], "a:1", TEMPLATE, context) == 1
    assert send_letters([person], "a:1", TEMPLATE, context) == 0
    assert send_letters([person], "a:2", TEMPLATE, context) == 1
    assert [letter.to for letter in mail.outbox] == [[person.email], [person.email]]
    assert list(SentLetter.objects.order_by("pk").values_list("user", "about")) == [
        (person.pk, "a:1"),
        (person.pk, "a:2"),
    ]


def test_letter_is_plain_text_with_its_subject_on_one_line() -> None:
    send_letters([make_user()], "a:1", TEMPLATE, context)
    (letter,) = mail.outbox
    assert letter.subject == "Handed in: A title in en"
    assert letter.from_email == "Verdure <verdure@localhost>"
    assert letter.extra_headers == {"Auto-Submitted": "auto-generated"}
    assert "https://x.example/1/" in letter.body
    assert "V & Co" in letter.body  # not escaped: it is no HTML
    assert "\n\n\n" not in letter.body


def test_letter_is_written_in_the_readers_language() -> None:
    send_letters([make_user(language="fr"), make_user(language="ar")], "a:1", TEMPLATE, context)
    assert [letter.subject.rpartition(" ")[2] for letter in mail.outbox] == ["fr", "ar"]


def test_samples_and_accounts_that_are_shut_get_no_mail() -> None:
    people = [make_user(is_sample=True), make_user(is_active=False)]
    assert send_letters(people, "a:1", TEMPLATE, context) == 0
    assert mail.outbox == []


class Full(EmailBackend):
    """A mail server that refuses one mailbox."""

    def send_messages(self, messages: Any) -> int:
        if messages[0].to == ["full@example.org"]:
            raise OSError("mailbox full")
        return super().send_messages(messages)


def test_one_failure_keeps_no_other_letter_back_and_is_tried_again(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_letters.Full"
    people = [make_user("full@example.org"), make_user("b@example.org")]
    for _attempt in range(2):
        with pytest.raises(NotSent) as failed:
            send_letters(people, "a:1", TEMPLATE, context)
        assert [str(error) for error in failed.value.exceptions] == ["mailbox full"]
    assert [letter.to for letter in mail.outbox] == [["b@example.org"]]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_letters(User.objects.all(), "a:1", TEMPLATE, context) == 1
    assert [letter.to for letter in mail.outbox] == [["b@example.org"], ["full@example.org"]]
