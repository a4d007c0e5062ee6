"""Registering and editing an organisation, with its logo."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.make import make_moderator, make_organisation, make_user, owner_of
from verdure.accounts import actions
from verdure.accounts.forms import LOGO_LIMIT, LOGO_SIDE
from verdure.accounts.models import Membership, Organisation

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Lamu Water Works", "type": "company", "country": "KE", "size": "small", "description": "Pumps.",
           "website": "https://lamu.example.org"}  # fmt: skip


def picture(name: str = "logo.png", *, kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "#17623f").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


def test_founder_becomes_owner_and_goes_on_to_list(client: Client) -> None:
    person = make_user()
    client.force_login(person)
    answer = client.post(reverse("organisation_new"), ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, reverse("listing_new"))
    made = Organisation.objects.get()
    assert {name: getattr(made, name) for name in ANSWERS} == ANSWERS
    assert [(m.user, m.role) for m in made.memberships.all()] == [(person, Membership.Role.OWNER)]


def test_founder_who_came_to_describe_a_need_goes_on_to_it(client: Client) -> None:
    client.force_login(make_user())
    asked = client.get(reverse("listing_begin", args=["need"]))
    assert asked["Location"] == f"{reverse('organisation_new')}?kind=need"
    answer = client.post(asked["Location"], ANSWERS, follow=True)
    assert answer.redirect_chain == [("/listings/new/?kind=need", 302), ("/listings/new/need/", 302)]


def test_errors_stand_at_the_fields_and_nothing_typed_is_lost(client: Client) -> None:
    client.force_login(make_user())
    answer = client.post(reverse("organisation_new"), {**ANSWERS, "name": "", "country": "XX", "website": "lamu"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "country", "website"}
    page = answer.content.decode()
    assert "3 things to put right" in page
    assert 'value="lamu"' in page
    assert Organisation.objects.count() == 0


def test_type_is_asked_and_never_guessed(client: Client) -> None:
    client.force_login(make_user())
    page = client.get(reverse("organisation_new"))
    assert page.context["form"]["type"].value() == ""
    assert set(client.post(reverse("organisation_new"), {**ANSWERS, "type": ""}).context["form"].errors) == {"type"}


def test_owner_edits(client: Client) -> None:
    organisation = make_organisation(name="Before")
    client.force_login(owner_of(organisation))
    answer = client.post(reverse("organisation_edit", args=[organisation.pk]), ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, organisation.get_absolute_url())
    organisation.refresh_from_db()
    assert organisation.name == "Lamu Water Works"


def test_refused_edit_still_shows_the_name_that_stands(client: Client) -> None:
    organisation = make_organisation(name="Before")
    client.force_login(owner_of(organisation))
    answer = client.post(reverse("organisation_edit", args=[organisation.pk]), {**ANSWERS, "country": ""})
    assert answer.status_code == 422
    assert "Edit Before" in answer.content.decode()


@pytest.mark.parametrize("role", [None, Membership.Role.EDITOR, Membership.Role.VIEWER])
def test_only_owners_edit(client: Client, role: Membership.Role | None) -> None:
    organisation, person = make_organisation(name="Before"), make_user()
    if role:
        actions.add_member(organisation, person, role=role, by=None)
    client.force_login(person)
    address = reverse("organisation_edit", args=[organisation.pk])
    assert (client.get(address).status_code, client.post(address, ANSWERS).status_code) == (403, 403)
    organisation.refresh_from_db()
    assert organisation.name == "Before"


def test_secretariat_edits(client: Client) -> None:
    organisation = make_organisation(name="Before")
    client.force_login(make_moderator())
    assert client.post(reverse("organisation_edit", args=[organisation.pk]), ANSWERS).status_code == 302


def test_logo_is_kept_shown_replaced_and_taken_away(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    organisation = make_organisation()
    client.force_login(owner_of(organisation))
    edit, shown = (reverse(name, args=[organisation.pk]) for name in ("organisation_edit", "organisation_logo"))
    assert client.get(shown).status_code == 404
    client.post(edit, {**ANSWERS, "logo": picture()})
    organisation.refresh_from_db()
    first, storage = str(organisation.logo.name), organisation.logo.storage
    answer = client.get(shown)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert b"".join(answer) == picture().read()

    client.post(edit, ANSWERS)  # without a new one, the old one stays
    organisation.refresh_from_db()
    assert organisation.logo.name == first

    with django_capture_on_commit_callbacks(execute=True):
        client.post(edit, {**ANSWERS, "logo": picture("other.jpg", kind="JPEG")})
    organisation.refresh_from_db()
    second = str(organisation.logo.name)
    assert (storage.exists(first), storage.exists(second)) == (False, True)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(edit, {**ANSWERS, "remove_logo": "on"})
    organisation.refresh_from_db()
    assert (organisation.logo.name, storage.exists(second)) == ("", False)


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("logo.png", b"no picture at all"),
        SimpleUploadedFile("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        picture("logo.gif", kind="GIF"),
        picture("logo.png", kind="GIF"),
        picture(size=(LOGO_SIDE + 1, 1)),
        SimpleUploadedFile("logo.png", picture().read() + b"0" * LOGO_LIMIT),
    ],
    ids=["no picture", "svg", "gif", "gif named png", "too wide", "too large"],
)
def test_bad_logo_is_refused_and_the_rest_is_kept(client: Client, file: SimpleUploadedFile) -> None:
    client.force_login(make_user())
    file.seek(0)
    answer = client.post(reverse("organisation_new"), {**ANSWERS, "logo": file})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"logo"}
    assert answer.context["form"]["name"].value() == "Lamu Water Works"
    assert Organisation.objects.count() == 0
