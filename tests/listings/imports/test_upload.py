"""Uploading a list through the site: who may, and what is refused at the door."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.listings.imports.uploading import TABLE, answers, counts, files_below, start, text, upload, uploaded
from tests.make import make_moderator, make_organisation, make_user
from verdure.accounts import actions as accounts
from verdure.accounts.models import Membership, Organisation, User
from verdure.core import jobs
from verdure.core.worker import run_waiting
from verdure.listings.models import ImportRun, Listing
from verdure.listings.views.imports import upload as upload_view

pytestmark = pytest.mark.django_db


def test_upload_asks_to_sign_in(client: Client) -> None:
    assert client.get(reverse("import")).status_code == 302
    assert upload(client, "list.csv", TABLE).status_code == 302
    assert not ImportRun.objects.exists()


def test_upload_tells_somebody_without_an_organisation_to_register_one(client: Client) -> None:
    client.force_login(make_user())
    assert reverse("organisation_new") in text(client.get(reverse("import")))
    upload(client, "list.csv", TABLE)
    assert not ImportRun.objects.exists()


def test_upload_for_an_organisation_of_others_is_refused(browser: Client, editor: User) -> None:
    other = make_organisation()
    accounts.add_member(other, editor, role=Membership.Role.VIEWER, by=None)
    for organisation in (other.pk, ""):
        assert upload(browser, "list.csv", TABLE, organisation=organisation).status_code == 422
    assert not ImportRun.objects.exists()


def test_upload_of_the_secretariat_is_public_at_once(client: Client) -> None:
    client.force_login(make_moderator())
    run = uploaded(client, None, TABLE)
    assert "public at once" in text(client.get(run.get_absolute_url()))
    start(client, run, source="partner-x", licence="CC0-1.0")
    run_waiting("default")
    assert set(Listing.objects.values_list("state", "source", "source_id", "licence")) == {
        ("published", "partner-x", "7", "CC0-1.0"), ("published", "partner-x", "9", "CC0-1.0"),
    }  # fmt: skip


def test_run_is_its_persons_alone(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, TABLE)
    colleague = make_user()
    accounts.add_member(owner, colleague, role=Membership.Role.EDITOR, by=None)
    for person in (colleague, make_moderator()):
        other = Client()
        other.force_login(person)
        page = run.get_absolute_url()
        assert other.get(page).status_code == 404
        assert other.post(page, answers(start="1")).status_code == 404
        assert other.get(reverse("import_rejects", args=[run.pk])).status_code == 404
        for verb in ("start", "stop", "discard"):
            assert other.post(reverse("import_steer", args=[run.pk, verb])).status_code == 404
        assert run.name not in text(other.get(reverse("import")))
    assert counts(run)[0] == "ready"


def test_run_of_an_editor_who_no_longer_is_one_loads_nothing(
    browser: Client, owner: Organisation, editor: User
) -> None:
    run = uploaded(browser, owner, TABLE)
    start(browser, run)
    Membership.objects.filter(user=editor).delete()
    run_waiting("default")
    assert counts(run) == ("failed", 0, 0, 0, 0, 0)
    assert not Listing.objects.exists()
    assert not jobs.Job.objects.failed().exists()


def test_upload_needs_the_token_of_its_form(editor: User, owner: Organisation) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert upload(strict, "list.csv", TABLE, organisation=owner.pk).status_code == 403
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "This file is empty."),
        ("blank.csv", b"\n  \n", "“blank.csv” is empty"),
        ("plan.pdf", b"%PDF-1.7 ...", "“plan.pdf” is a PDF document. Copy its content into the template."),
        ("table.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "“table.xls” is an old Excel or Word file. Save it as .xlsx."),
        ("page.xml", b"<!doctype html><html></html>", "“page.xml” is a web page, not data."),
        (
            "bomb.xml",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "“bomb.xml” is XML that declares",
        ),
    ],
)
def test_upload_of_the_wrong_kind_is_refused_and_not_kept(
    browser: Client, owner: Organisation, home: Path, name: str, content: bytes, words: str
) -> None:
    answer = upload(browser, name, content, organisation=owner.pk)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not ImportRun.objects.exists()
    assert files_below(home / "uploads") == []


def test_upload_of_a_zip_that_calls_itself_xml_says_so(browser: Client, owner: Organisation) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
    answer = upload(browser, "grants.xml", packed.getvalue(), organisation=owner.pk)
    assert "“grants.xml” is a zip archive, though its name ends in “.xml”." in text(answer)


def test_upload_past_the_limit_is_refused_and_not_kept(
    browser: Client, owner: Organisation, home: Path, settings: Any
) -> None:
    settings.UPLOAD_LIMIT = 200_000
    answer = upload(browser, "big.csv", TABLE + "x" * 300_000, organisation=owner.pk)
    assert answer.status_code == 413
    assert "The file is larger than 195.3\xa0KB. Split it, or pack it as .zip." in text(answer)
    assert "Choose a file." not in text(answer)
    assert not ImportRun.objects.exists()
    assert files_below(home / "uploads") == []
    assert upload(browser, "small.csv", TABLE, organisation=owner.pk).status_code == 302


def test_upload_past_the_limit_is_never_on_the_disc_beyond_it(
    browser: Client, owner: Organisation, home: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UPLOAD_LIMIT = 100_000
    written = 0
    real = TemporaryFileUploadHandler.receive_data_chunk

    def receive(self: TemporaryFileUploadHandler, raw_data: bytes, start: int) -> None:
        nonlocal written
        written += len(raw_data)
        real(self, raw_data, start)

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", receive)
    assert upload(browser, "big.csv", b"x" * 5_000_000, organisation=owner.pk).status_code == 413
    assert written <= 100_000


class Body(io.RawIOBase):
    """A form with a file of any size, made while it is read."""

    def __init__(self, size: int) -> None:
        self.head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        self.tail = b"\r\n--x--\r\n"
        self.left = size
        self.size = len(self.head) + size + len(self.tail)

    def read(self, size: int = -1) -> bytes:
        if self.head:
            given, self.head = self.head, b""
        elif self.left:
            given = b"x" * (min(self.left, size) if size >= 0 else self.left)
            self.left -= len(given)
        else:
            given, self.tail = self.tail, b""
        return given


def test_upload_far_past_the_limit_does_not_fill_the_memory(editor: User, settings: Any, rf: RequestFactory) -> None:
    """Without line ends, which Django otherwise takes such a body apart by."""
    settings.UPLOAD_LIMIT = 100_000
    body = Body(80_000_000)
    environ = rf.post(reverse("import")).environ | {
        "wsgi.input": body,
        "CONTENT_LENGTH": str(body.size),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    request = WSGIRequest(environ)
    request.user = editor
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    tracemalloc.start()
    answer = upload_view(request)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.status_code, body.left) == (413, 0)
    assert peak < 10_000_000


def test_upload_keeps_the_file_under_a_name_nobody_can_guess(browser: Client, owner: Organisation, home: Path) -> None:
    run = uploaded(browser, owner, TABLE, name="../../Liste n°1?.csv")
    [kept] = files_below(home / "uploads")
    assert kept.parent.parent == home / "uploads"
    assert len(kept.parent.name) >= 20
    assert kept == home / run.path
    assert kept.name == run.name == "Liste n°1-.csv"
    assert kept.read_text() == TABLE


def test_uploads_of_one_person_that_wait_are_few(browser: Client, owner: Organisation, home: Path) -> None:
    for n in range(8):
        uploaded(browser, owner, TABLE, name=f"{n}.csv")
    assert sorted(ImportRun.objects.values_list("name", flat=True)) == [f"{n}.csv" for n in range(3, 8)]
