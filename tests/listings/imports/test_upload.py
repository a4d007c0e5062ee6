"""Uploading a list through the site: who may, what is refused, the preview, the run, its result."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from tests.listings.imports.make_files import record, stored
from tests.make import make_moderator, make_organisation, make_user, owner_of
from verdure.accounts import actions as accounts
from verdure.accounts.models import Membership, Organisation, User
from verdure.core import jobs
from verdure.core.worker import run_waiting
from verdure.listings import formats, imports
from verdure.listings.models import ImportRun, Listing
from verdure.listings.records import to_json
from verdure.listings.views.imports import upload as upload_view

pytestmark = pytest.mark.django_db

TABLE = "id,title,readiness\n7,Solar still,5\n8,Wind pump,12\n9,Clay filter,9\n"
FOREIGN = "Nr;Benennung;Stufe\n7;Solarbrunnen;5\n"


@pytest.fixture
def owner() -> Organisation:
    return make_organisation(name="Río Alto Pumps")


@pytest.fixture
def editor(owner: Organisation) -> User:
    return owner_of(owner)


@pytest.fixture
def browser(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def upload(browser: Client, name: str, content: bytes | str, **fields: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return browser.post(reverse("import"), {**fields, "file": SimpleUploadedFile(name, data)})


def uploaded(browser: Client, owner: Organisation | None, content: bytes | str, name: str = "list.csv") -> ImportRun:
    answer = upload(browser, name, content, organisation=owner.pk if owner else "")
    run = ImportRun.objects.latest("pk")
    assert answer.headers["Location"] == reverse("import_run", args=[run.pk])
    return run


def answers(**changed: str) -> dict[str, str]:
    return {"kind": "", "licence": "", "language": "en", "format": "", "encoding": "", **changed}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def start(browser: Client, run: ImportRun, **changed: str) -> Any:
    columns = {f"column-{n}": name for n, name in enumerate(("source_id", "title", "readiness"))}
    return browser.post(run.get_absolute_url(), answers(start="1", **(columns | changed)))


def counts(run: ImportRun) -> tuple[str, int, int, int, int, int]:
    run.refresh_from_db()
    return run.state, run.position, run.added, run.changed, run.unchanged, run.rejected


# Who may


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


# What is refused at the door


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


# The preview


def test_preview_shows_what_the_file_will_become_and_stores_nothing(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, TABLE)
    page = browser.get(run.get_absolute_url())
    preview = page.context["preview"]
    assert [item.text.title for item in page.context["records"]] == ["Solar still", "Clay filter"]
    assert (preview.read, preview.whole, preview.added, preview.rejected) == (3, True, 2, 1)
    assert [(r.line, r.column) for r in preview.rejects] == [(3, "readiness")]
    assert "New records become drafts of Río Alto Pumps." in text(page)
    assert not Listing.objects.exists()


def test_preview_of_a_long_file_looks_at_its_beginning(
    browser: Client, owner: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verdure.listings.imports.previews.LOOKED_AT", 4)
    rows = "".join(f"{n},Solar still {n},5\n" for n in range(30))
    run = uploaded(browser, owner, f"id,title,readiness\n{rows}")
    preview = browser.get(run.get_absolute_url()).context["preview"]
    assert (run.total, preview.read, preview.whole, preview.added) == (30, 4, False, 4)


def test_preview_maps_columns_and_shows_the_table_again(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, FOREIGN, name="liste.csv")
    page = browser.get(run.get_absolute_url())
    assert [field.label for field in page.context["mapping"]] == ["Nr", "Benennung", "Stufe"]
    assert page.context["records"] == []
    chosen = {"column-0": "source_id", "column-1": "title", "column-2": "readiness"}
    assert browser.post(run.get_absolute_url(), answers(**chosen)).status_code == 302
    page = browser.get(run.get_absolute_url())
    [item] = page.context["records"]
    assert (item.text.title, item.record.readiness, item.record.provenance.source_id) == ("Solarbrunnen", 5, "7")
    assert not Listing.objects.exists()
    browser.post(run.get_absolute_url(), answers(start="1", **chosen))
    run_waiting("default")
    assert stored() == {"7": "Solarbrunnen"}


def test_preview_maps_a_workbook_and_the_names_of_jsonl_objects(browser: Client, owner: Organisation) -> None:
    workbook = io.BytesIO()
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Unsere Liste"], [], ["Kennung", "Technology name", "Bemerkung"], ["7", "Solarbrunnen", "x"]):
        book.active.append(row)
    book.save(workbook)
    run = uploaded(browser, owner, workbook.getvalue(), name="liste.xlsx")
    page = browser.get(run.get_absolute_url())
    assert {f.label: f.initial for f in page.context["mapping"]} == {
        "Kennung": "-", "Technology name": "title", "Bemerkung": "-",
    }  # fmt: skip
    run = uploaded(browser, owner, '{"name": "Solarbrunnen", "number": 7}\n', name="liste.jsonl")
    page = browser.get(run.get_absolute_url())
    assert {f.label: f.initial for f in page.context["mapping"]} == {"name": "title", "number": "source_id"}


def test_preview_refuses_two_columns_for_one_thing(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, FOREIGN, name="liste.csv")
    chosen = {"column-0": "title", "column-1": "title", "column-2": "-"}
    answer = browser.post(run.get_absolute_url(), answers(start="1", **chosen))
    assert answer.status_code == 422
    assert "Two columns are mapped to “title”; choose one of them." in text(answer)
    assert counts(run)[0] == "ready"


def test_preview_reads_another_encoding_when_told(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, "id,title\n7,Солнечный насос для колодца\n".encode("koi8-r"))
    page = browser.get(run.get_absolute_url())
    assert page.context["records"] == []
    assert "is neither UTF-8 nor UTF-16" in text(page)
    browser.post(run.get_absolute_url(), answers(encoding="koi8-r"))
    [item] = browser.get(run.get_absolute_url()).context["records"]
    assert item.text.title == "Солнечный насос для колодца"


def test_preview_makes_needs_of_the_records_when_told(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, "id,title\n7,Water\n")
    browser.post(run.get_absolute_url(), answers(kind="need", **{"column-0": "source_id", "column-1": "title"}))
    [item] = browser.get(run.get_absolute_url()).context["records"]
    assert item.record.kind == "need"


def test_preview_offers_the_source_to_the_secretariat_alone(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, TABLE)
    assert "source" not in browser.get(run.get_absolute_url()).context["form"].fields
    start(browser, run, source="cordis")
    run_waiting("default")
    assert set(Listing.objects.values_list("source", flat=True)) == {f"organisation-{owner.pk}"}


def test_templates_are_read_back_once_a_row_is_taken_in_use(browser: Client, tmp_path: Path) -> None:
    for ending in ("csv", "xlsx"):
        for kind in ("technology", "need", ""):
            answer = browser.get(reverse("import_template", args=[ending]), {"kind": kind})
            path = tmp_path / f"template.{ending}"
            path.write_bytes(answer.content)
            assert answer.headers["Content-Disposition"].endswith(f'"verdure-{kind or "listings"}.{ending}"')
            assert formats.detect(path) == ending
            assert list(formats.read(path)) == []  # only hints and examples
    assert browser.get(reverse("import_template", args=["doc"])).status_code == 404
    assert browser.get(reverse("import_template", args=["csv"]), {"kind": "event"}).status_code == 404


# The run


def test_run_is_waited_for_shown_and_ends_with_its_rejects(browser: Client, owner: Organisation, home: Path) -> None:
    run = uploaded(browser, owner, TABLE)
    start(browser, run)
    page = browser.get(run.get_absolute_url())
    assert f'hx-get="{run.get_absolute_url()}"' in text(page)
    assert "Waits for its turn" in text(page)
    part = browser.get(run.get_absolute_url(), headers={"HX-Request": "true"})
    assert text(part).strip().startswith('<div class="progress"')

    run_waiting("default")
    assert counts(run) == ("done", 3, 2, 0, 0, 1)
    assert browser.get(run.get_absolute_url(), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    shown = text(browser.get(run.get_absolute_url()))
    assert "Every record of the file is accounted for." in shown
    assert reverse("import_rejects", args=[run.pk]) in shown
    answer = browser.get(reverse("import_rejects", args=[run.pk]))
    rows = b"".join(answer).decode("utf-8-sig").splitlines()
    assert rows[0] == "file,line,column,reason,raw"
    assert rows[1].startswith("list.csv,3,readiness,")
    assert set(Listing.objects.values_list("state", "organisation")) == {("draft", owner.pk)}
    assert files_below(home / "uploads") == []
    assert "3 read, 1 of them rejected" in text(browser.get(reverse("import")))


def test_run_updates_drafts_of_an_earlier_upload(browser: Client, owner: Organisation) -> None:
    for content in (TABLE, TABLE.replace("Clay filter", "Ceramic filter").replace("12", "2")):
        run = uploaded(browser, owner, content, name=f"{len(content)}.csv")
        start(browser, run)
        run_waiting("default")
    assert counts(run) == ("done", 3, 1, 1, 1, 0)
    assert stored() == {"7": "Solar still", "8": "Wind pump", "9": "Ceramic filter"}


def test_run_is_started_once(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, TABLE)
    start(browser, run)
    start(browser, run)
    browser.post(reverse("import_steer", args=[run.pk, "start"]))
    assert jobs.Job.objects.filter(task_path="verdure.listings.tasks.run_imports").count() == 1
    run_waiting("default")
    browser.post(reverse("import_steer", args=[run.pk, "start"]))
    assert counts(run) == ("done", 3, 2, 0, 0, 1)


def test_run_that_is_stopped_goes_on_where_it_was(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, TABLE)
    start(browser, run)
    browser.post(reverse("import_steer", args=[run.pk, "stop"]))
    run_waiting("default")
    assert counts(run) == ("interrupted", 0, 0, 0, 0, 0)
    assert "Stopped. What was loaded stays" in text(browser.get(run.get_absolute_url()))
    browser.post(reverse("import_steer", args=[run.pk, "start"]))
    run_waiting("default")
    assert counts(run) == ("done", 3, 2, 0, 0, 1)


def test_run_that_failed_is_tried_again_with_its_job(
    browser: Client, owner: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = uploaded(browser, owner, TABLE)
    start(browser, run)

    def broken(run: ImportRun, rejects: Any) -> int:
        raise OSError("the disc is full")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        with monkeypatch.context() as patched:
            patched.setattr(imports.runs, "write_rejects", broken)
            run_waiting("default")
        assert counts(run) == ("failed", 0, 0, 0, 0, 0)
        assert "Something on our side ended it" in text(browser.get(run.get_absolute_url()))
        assert "the disc is full" not in text(browser.get(run.get_absolute_url()))
        clock.shift(jobs.LONGEST_WAIT)
        run_waiting("default")
    assert counts(run) == ("done", 3, 2, 0, 0, 1)


def test_discarded_upload_is_gone(
    browser: Client, owner: Organisation, home: Path, django_capture_on_commit_callbacks: Any
) -> None:
    run = uploaded(browser, owner, TABLE)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("import_steer", args=[run.pk, "discard"]))
    assert not ImportRun.objects.exists()
    assert files_below(home / "uploads") == []
    assert browser.get(run.get_absolute_url()).status_code == 404


def test_verbs_are_posted_and_known(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, TABLE)
    assert browser.get(reverse("import_steer", args=[run.pk, "start"])).status_code == 405
    assert browser.post(reverse("import_steer", args=[run.pk, "publish"])).status_code == 404


def test_old_uploads_are_forgotten(
    browser: Client, owner: Organisation, home: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=8)):
        waiting, stopped = uploaded(browser, owner, TABLE), uploaded(browser, owner, TABLE)
        start(browser, stopped)
        browser.post(reverse("import_steer", args=[stopped.pk, "stop"]))
    fresh = uploaded(browser, owner, TABLE)
    (home / "uploads" / "broken.upload").write_text("half")
    with django_capture_on_commit_callbacks(execute=True), time_machine.travel(timezone.now() + timedelta(seconds=1)):
        imports.forget()
    assert set(ImportRun.objects.values_list("pk", flat=True)) == {stopped.pk, fresh.pk}
    assert not (home / waiting.path).exists()
    assert (home / fresh.path).exists()
    assert (home / "uploads" / "broken.upload").exists()  # it may be on its way
    browser.post(reverse("import_steer", args=[stopped.pk, "start"]))
    assert counts(stopped)[0] == "interrupted"
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        imports.forget()
    assert not (home / "uploads" / "broken.upload").exists()


def test_record_equal_to_the_form_of_export_needs_no_mapping(browser: Client, owner: Organisation) -> None:
    run = uploaded(browser, owner, json.dumps(to_json(record(1))) + "\n", name="own.jsonl")
    page = browser.get(run.get_absolute_url())
    assert list(page.context["mapping"].fields) == []
    assert [item.text.title for item in page.context["records"]] == ["Solar still number 1"]
