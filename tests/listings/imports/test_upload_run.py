"""An uploaded list that was started: its run, its result, its end."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.listings.imports.make_files import record, stored
from tests.listings.imports.uploading import TABLE, counts, files_below, start, text, uploaded
from verdure.accounts.models import Organisation
from verdure.core import jobs
from verdure.core.worker import run_waiting
from verdure.listings import imports
from verdure.listings.models import ImportRun, Listing
from verdure.listings.records import to_json

pytestmark = pytest.mark.django_db


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
