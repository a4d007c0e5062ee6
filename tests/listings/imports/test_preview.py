"""What an uploaded list will become, before anything is stored."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from tests.listings.imports.make_files import stored
from tests.listings.imports.uploading import FOREIGN, TABLE, answers, counts, start, text, uploaded
from verdure.accounts.models import Organisation
from verdure.core.worker import run_waiting
from verdure.listings import formats
from verdure.listings.models import Listing

pytestmark = pytest.mark.django_db


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
