"""`verdure sample`: the made-up listings and people come and go, without a trace and as often as one likes."""

from __future__ import annotations

import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from tests.make import (
    edited,
    make_organisation,
    make_technology,
    make_user,
    owner_of,
    technology_record,
)
from verdure.accounts import actions as accounts
from verdure.accounts.models import Membership, Organisation, User
from verdure.core.progress import silent
from verdure.listings import actions, sample
from verdure.listings.models import Attachment, Listing, State

pytestmark = pytest.mark.django_db

KEPT = {"core.Activity", "django_tasks_database.DBTaskResult", "contenttypes.ContentType", "auth.Permission"}
"""What happened stays on record, and the jobs that take listings out of the index must run."""


def rows() -> dict[str, int]:
    counts = {model._meta.label: model._default_manager.count() for model in apps.get_models()}
    return {label: count for label, count in counts.items() if count and label not in KEPT}


def command(verb: str) -> list[str]:
    out = StringIO()
    call_command("sample", verb, stdout=out)
    return out.getvalue().splitlines()


def test_load_brings_the_whole_collection_and_a_second_time_nothing() -> None:
    size = len(list(sample.collection()))
    assert command("load")[0] == f"{size} added, 0 changed, 0 unchanged"
    before = rows(), sample.sign_ins()
    assert command("load")[0] == f"0 added, 0 changed, {size} unchanged"
    assert (rows(), sample.sign_ins()) == before
    assert sample.status() == sample.Status(listings=size, organisations=40, people=3, removed=False)
    assert Listing.objects.filter(state=State.PUBLISHED, source="sample").count() == size


def test_load_knows_all_that_the_collection_says_of_organisations() -> None:
    sample.load()
    assert not Organisation.objects.filter(description="").exists()
    assert not Organisation.objects.filter(country="").exists()


def test_sample_people_can_sign_in_and_have_their_parts(client: Client, home: Path) -> None:
    sample.load()
    people = sample.sign_ins()
    assert [(person.role, person.email) for person in people] == [
        ("provider", "provider@sample.example"),
        ("seeker", "seeker@sample.example"),
        ("moderator", "moderator@sample.example"),
    ]
    for person in people:
        assert client.login(email=person.email, password=person.password)
        assert len(person.password) >= 12
    provider, seeker, moderator = (User.objects.get(email=person.email) for person in people)
    owned = [set(user.organisations.all()) for user in (provider, seeker)]
    assert [len(organisations) for organisations in owned] == [3, 3]
    assert not owned[0] & owned[1]
    assert [user.is_staff for user in (provider, seeker, moderator)] == [False, False, True]
    for user, kind in ((provider, "technology"), (seeker, "need")):
        for organisation in user.organisations.all():
            assert organisation.listings.filter(kind=kind).exists()
    assert stat.S_IMODE((home / "sample-signins.txt").stat().st_mode) == 0o600


def test_sign_ins_are_made_anew_when_their_file_is_lost(home: Path) -> None:
    sample.load()
    first = sample.sign_ins()
    (home / "sample-signins.txt").unlink()
    assert sample.sign_ins() == []
    sample.load()
    second = sample.sign_ins()
    assert {person.password for person in first}.isdisjoint(person.password for person in second)
    for person in second:
        assert User.objects.get(email=person.email).check_password(person.password)


def test_remove_leaves_nothing_behind(home: Path, django_capture_on_commit_callbacks: Any) -> None:
    assert rows() == {}
    sample.load()
    with django_capture_on_commit_callbacks(execute=True):
        number = len(list(sample.collection()))
        assert command("remove") == [
            f"{number} listings are gone, with their organisations and people. “verdure sample load” brings them back."
        ]
    assert rows() == {}
    assert sample.sign_ins() == []
    assert [path.name for path in home.iterdir() if path.is_file()] == ["sample-removed"]


def test_remove_takes_what_the_sample_people_made(django_capture_on_commit_callbacks: Any) -> None:
    sample.load()
    provider = User.objects.get(email="provider@sample.example")
    founded = make_organisation(owner=provider)
    listing = actions.start(technology_record("Played with"), organisation=founded, by=provider)
    actions.start(
        technology_record("In a sample organisation"), organisation=provider.organisations.first(), by=provider
    )
    actions.start(technology_record("In nobody's name"), organisation=None, by=provider)
    upload = SimpleUploadedFile("plan.pdf", b"%PDF-1.7")
    attachment = actions.attach(listing, upload, use=Attachment.Use.DOCUMENT, by=provider)
    storage, name = attachment.file.storage, attachment.file.name
    assert name
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        sample.remove()
    assert rows() == {}
    assert not storage.exists(name)


def test_remove_leaves_real_people_their_own() -> None:
    mine = make_technology()
    sample.load()
    joined = Organisation.objects.filter(source="sample").earliest("pk")
    real = make_user()
    accounts.add_member(joined, real, role=Membership.Role.OWNER, by=None)
    kept = actions.start(technology_record("Real work"), organisation=joined, by=real)
    sample.remove()
    assert set(Listing.objects.all()) == {mine, kept} | set(joined.listings.all())
    assert not Listing.objects.filter(source="sample").exists()
    assert set(Organisation.objects.all()) == {mine.organisation, joined}
    assert not User.objects.filter(is_sample=True).exists()
    assert mine.organisation
    assert owner_of(mine.organisation).is_active


def test_removed_sample_is_not_loaded_by_itself_again(home: Path) -> None:
    sample.prepare(silent)
    assert sample.status().listings > 0
    sample.remove()
    sample.prepare(silent)
    assert sample.status() == sample.Status(listings=0, organisations=0, people=0, removed=True)
    assert command("status") == [
        "0 listings, 0 organisations, 0 people of the sample; it was removed and is not loaded by itself"
    ]
    command("load")
    assert sample.status().removed is False


def test_sample_is_not_loaded_by_itself_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    sample.prepare(silent)
    assert rows() == {}


def test_listing_that_a_sample_person_edited_stays_as_it_is() -> None:
    sample.load()
    provider = User.objects.get(email="provider@sample.example")
    listing = Listing.objects.filter(organisation__in=provider.organisations.all()).earliest("pk")
    actions.change(listing, edited(listing, title="Tried out"), by=provider)
    sample.load()
    assert listing.texts.get(position=0).title == "Tried out"
