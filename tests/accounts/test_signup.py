"""Making an account, signing in and out, a forgotten password, one's own name and language."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.make import make_user
from verdure.accounts.models import User

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Ana Mutua", "email": "Ana@Example.org", "password1": "correct horse battery"}


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    """How often an address may ask for mail is counted in the cache, beyond the end of a test."""
    cache.clear()


def paths_in(letter: str) -> list[str]:
    return re.findall(r"https?://[^/\s]+(/\S+)", letter)


def test_signup_asks_name_mail_and_password_in_this_order(client: Client) -> None:
    answer = client.get(reverse("account_signup"))
    assert list(answer.context["form"].fields) == ["name", "email", "password1"]


def test_signup_makes_the_account_and_signs_in(client: Client) -> None:
    answer = client.post(reverse("account_signup"), ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, reverse("desk"))
    made = User.objects.get()
    assert (made.name, made.email, made.language, made.is_staff) == ("Ana Mutua", "ana@example.org", "en", False)
    assert client.get(reverse("desk")).status_code == 200


def test_signup_keeps_the_language_of_the_page(client: Client) -> None:
    client.post(reverse("account_signup"), ANSWERS, headers={"accept-language": "fr"})
    assert User.objects.get().language == "fr"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": " "}, "name"), ({"email": "no address"}, "email"), ({"password1": "1234"}, "password1")],
)
def test_signup_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(
    client: Client, change: dict[str, str], field: str
) -> None:
    answer = client.post(reverse("account_signup"), ANSWERS | change)
    assert list(answer.context["form"].errors) == [field]
    assert User.objects.count() == 0
    kept = (ANSWERS | change)["email"]
    assert f'value="{kept}"' in answer.content.decode()


def test_second_account_of_an_address_in_another_case_is_refused(client: Client) -> None:
    make_user("ana@example.org")
    client.post(reverse("account_signup"), ANSWERS)
    assert User.objects.count() == 1


def test_signup_refuses_an_address_twice_without_saying_so_where_mail_is_verified(
    client: Client, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    make_user("ana@example.org")
    answer = client.post(reverse("account_signup"), ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_email_verification_sent"))
    assert User.objects.count() == 1


def test_address_is_confirmed_by_the_link_in_the_mail(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    answer = client.post(reverse("account_signup"), ANSWERS)
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert client.get(reverse("desk")).status_code == 302
    (link,) = (path for path in paths_in(str(mail.outbox[0].body)) if "confirm-email" in path)
    assert client.get(link).status_code == 200
    client.post(link)
    assert EmailAddress.objects.get().verified is True
    client.post(reverse("account_login"), {"login": "ana@example.org", "password": ANSWERS["password1"]})
    assert client.get(reverse("desk")).status_code == 200


def test_sign_in_goes_where_the_person_wanted_to_go(client: Client) -> None:
    make_user("ana@example.org")
    wanted = reverse("listing_new")
    assert client.get(wanted)["Location"] == f"{reverse('account_login')}?next={wanted}"
    answer = client.post(
        reverse("account_login"), {"login": "ana@example.org", "password": "a long password", "next": wanted}
    )
    assert (answer.status_code, answer["Location"]) == (302, wanted)


def test_sign_in_never_leads_to_another_site(client: Client) -> None:
    make_user("ana@example.org")
    answers = {"login": "ana@example.org", "password": "a long password", "next": "https://evil.example/"}
    assert client.post(reverse("account_login"), answers)["Location"] == reverse("desk")


def test_wrong_password_is_refused(client: Client) -> None:
    make_user("ana@example.org")
    answer = client.post(reverse("account_login"), {"login": "ana@example.org", "password": "another one"})
    assert answer.context["form"].is_valid() is False
    assert client.get(reverse("desk")).status_code == 302


def test_sign_out_asks_first_and_then_signs_out(client: Client) -> None:
    client.force_login(make_user())
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("desk")).status_code == 200
    assert client.post(reverse("account_logout"))["Location"] == reverse("home")
    assert client.get(reverse("desk")).status_code == 302


def test_forgotten_password_is_set_by_the_link_in_the_mail(client: Client) -> None:
    person = make_user("ana@example.org")
    answer = client.post(reverse("account_reset_password"), {"email": "ana@example.org"})
    assert answer["Location"] == reverse("account_reset_password_done")
    (link,) = (path for path in paths_in(str(mail.outbox[0].body)) if "reset/key" in path)
    form = client.get(link, follow=True)
    fresh = "an entirely new password"
    client.post(form.request["PATH_INFO"], {"password1": fresh, "password2": fresh})
    person.refresh_from_db()
    assert person.check_password(fresh) is True


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_signup", "account_reset_password", "account_reset_password_done",
     "account_reset_password_from_key_done", "account_inactive", "account_email_verification_sent"],
)  # fmt: skip
def test_entrance_pages_have_the_look_of_the_house(client: Client, name: str) -> None:
    page = client.get(reverse(name))
    assert (page.status_code, page.templates[0].name is not None) == (200, True)
    assert {"base.html", "allauth/layouts/base.html"} <= {template.name for template in page.templates}


@pytest.mark.parametrize("name", ["account_email", "account_change_password", "account_logout", "person"])
def test_account_pages_are_for_those_signed_in(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 302
    client.force_login(make_user())
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert "base.html" in {template.name for template in page.templates}


def test_person_changes_name_and_language(client: Client) -> None:
    person = make_user()
    client.force_login(person)
    answer = client.post(reverse("person"), {"name": "Ana M.", "language": "es"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("person"))
    person.refresh_from_db()
    assert (person.name, person.language) == ("Ana M.", "es")


def test_person_without_a_name_is_refused(client: Client) -> None:
    person = make_user()
    client.force_login(person)
    answer = client.post(reverse("person"), {"name": "", "language": "tlh"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "language"}
    assert User.objects.get().name == person.name
