"""`verdure import`: what a person types and what is said back."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from tests.listings.imports.make_files import record, stored, write_lines
from tests.make import make_organisation
from verdure.listings import imports
from verdure.listings.models import ImportRun, Listing

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("import", *arguments, stdout=out)
    return out.getvalue().splitlines()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return str(caught.value)


def rows_of_all_tables() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def table(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_import_tells_what_became_of_every_record(tmp_path: Path, home: Path) -> None:
    path = write_lines(tmp_path / "list.jsonl", [record(1), "[]", record(2), record(3, "x" * 301)])
    assert run(str(path)) == [
        "read 4 = 2 added + 0 changed + 0 unchanged + 2 rejected",
        f"Rejected, each with line, column and reason: {home}/imports/1-rejects.csv",
        "  list.jsonl, line 2: is not a JSON object: one record a line is expected, from { to }",
        "  list.jsonl, line 4: title: is 301 characters long; at most 300 are kept. Shorten it.",
    ]
    write_lines(path, [record(1), record(2, "Another"), record(3)])
    assert run(str(path)) == ["read 3 = 1 added + 1 changed + 1 unchanged + 0 rejected"]


def test_import_shows_the_first_rejects_and_how_many_more(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "list.jsonl", [record(1), *["[]"] * 9])
    assert run(str(path))[-1] == "  … and 4 more"


def test_import_of_nothing_usable_fails_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF-1.7 ...")
    out = StringIO()
    with pytest.raises(CommandError, match=r"Nothing was loaded\."):
        call_command("import", str(path), stdout=out)
    assert "  report.pdf: is a PDF document. Copy its content into the template." in out.getvalue().splitlines()


def test_import_gives_records_without_a_source_the_name_of_the_file_or_the_one_given(tmp_path: Path) -> None:
    path = table(tmp_path / "Our List.csv", "id,title,licence", "7,Solar still,", "8,Wind pump,MIT")
    run(path)
    assert set(Listing.objects.values_list("source", "source_id", "licence")) == {
        ("our-list", "7", ""), ("our-list", "8", "MIT"),
    }  # fmt: skip
    run(path, "--source", "partner-x", "--licence", "CC-BY-4.0")
    assert set(Listing.objects.filter(source="partner-x").values_list("source_id", "licence")) == {
        ("7", "CC-BY-4.0"), ("8", "MIT"),
    }  # fmt: skip


def test_import_without_ids_is_idempotent_by_title_and_organisation(tmp_path: Path) -> None:
    path = table(tmp_path / "list.csv", "title,organisation", "Solar still,Solar Works", "Solar still,Green Ltd")
    assert run(path) == ["read 2 = 2 added + 0 changed + 0 unchanged + 0 rejected"]
    assert run(path) == ["read 2 = 0 added + 0 changed + 2 unchanged + 0 rejected"]


def test_import_maps_columns(tmp_path: Path) -> None:
    path = table(tmp_path / "list.csv", "Nr,Was es ist,Von wem", "7,Solarbrunnen,Brunnenbau")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import", path, stdout=out)
    assert "no column holds the title. The columns are: “Nr”, “Was es ist”, “Von wem”." in out.getvalue()
    run(path, "--map", "Was es ist=title", "--map", "Nr = source_id", "--map", "Von wem=organisation")
    assert stored() == {"7": "Solarbrunnen"}
    assert str(Listing.objects.get().organisation) == "Brunnenbau"


def test_import_as_makes_every_record_of_that_kind(tmp_path: Path) -> None:
    path = table(tmp_path / "list.csv", "id,title", "7,Drinking water for an island")
    run(path, "--as", "need")
    assert Listing.objects.get().kind == "need"


def test_import_for_an_organisation_makes_its_drafts(tmp_path: Path) -> None:
    owner = make_organisation(name="Río Alto Pumps")
    path = table(tmp_path / "list.csv", "id,title", "7,Solar still")
    run(path, "--organisation", "RíO aLTO PUMPS")
    run(path, "--organisation", str(owner.pk))
    listing = Listing.objects.get()
    assert (listing.state, listing.organisation) == ("draft", owner)
    assert (listing.source, listing.source_id) == (f"organisation-{owner.pk}", "7")


def test_import_says_what_is_wrong_with_what_was_typed(tmp_path: Path) -> None:
    first, second = make_organisation(name="Twins"), make_organisation(name="Twins", country="")
    path = table(tmp_path / "list.csv", "id,title", "7,Solar still")
    assert refused("nowhere.csv") == "There is no file or folder nowhere.csv."
    assert refused(path, "--organisation", "Nobody") == "No organisation has the number or name 'Nobody'."
    assert refused(path, "--organisation", "twins") == (
        f"Several organisations are called 'twins'; say which by number: {first.pk} (KE), {second.pk} (no country)."
    )
    assert refused(path, "--map", "title") == "--map 'title' should look like \"Column of the file=title\"."
    assert not ImportRun.objects.exists()


def test_dry_run_says_what_would_be_and_writes_nothing(tmp_path: Path, home: Path) -> None:
    path = write_lines(tmp_path / "list.jsonl", [record(1), record(2)])
    run(str(path))
    write_lines(path, [record(1), record(2, "Another"), record(3), "[]", record(5, "x" * 301)])
    before = rows_of_all_tables(), list(Listing.objects.values()), sorted(home.rglob("*"))
    assert run(str(path), "--dry-run") == [
        "Nothing was written. It would be: read 5 = 1 added + 1 changed + 1 unchanged + 2 rejected",
        "  list.jsonl, line 4: is not a JSON object: one record a line is expected, from { to }",
        "  list.jsonl, line 5: title: is 301 characters long; at most 300 are kept. Shorten it.",
    ]
    assert (rows_of_all_tables(), list(Listing.objects.values()), sorted(home.rglob("*"))) == before
    assert run(str(path))[0] == "read 5 = 1 added + 1 changed + 1 unchanged + 2 rejected"


def test_import_goes_on_after_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports.runs, "BATCH", 2)
    path = write_lines(tmp_path / "list.jsonl", [record(n) for n in range(1, 8)])
    real = imports.runs._settle

    def settle(run: ImportRun, batch: Any) -> None:
        if run.position == 4:
            raise KeyboardInterrupt
        real(run, batch)

    monkeypatch.setattr(imports.runs, "_settle", settle)
    with pytest.raises(CommandError) as caught:
        run(str(path))
    assert caught.value.returncode == 130
    assert str(caught.value) == (
        "Interrupted. The first 4 records are settled and stay. The same command goes on from there."
    )
    assert ImportRun.objects.get().state == "interrupted"
    monkeypatch.setattr(imports.runs, "_settle", real)
    assert run(str(path)) == [
        "Goes on after record 4, where it stopped.",
        "read 7 = 7 added + 0 changed + 0 unchanged + 0 rejected",
    ]
    assert set(stored()) == {f"id-{n}" for n in range(1, 8)}
    assert ImportRun.objects.count() == 1


def test_import_that_fails_keeps_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_lines(tmp_path / "list.jsonl", [record(1)])

    def broken(run: ImportRun, batch: Any) -> None:
        raise OSError("the disc is full")

    with monkeypatch.context() as patched:
        patched.setattr(imports.runs, "_settle", broken)
        with pytest.raises(OSError, match="the disc is full"):
            run(str(path))
    assert ImportRun.objects.get().state == "failed"
    assert run(str(path)) == ["read 1 = 1 added + 0 changed + 0 unchanged + 0 rejected"]
