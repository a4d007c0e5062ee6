"""The running of an import: checkpoints, rejects, stopping and going on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.listings.imports.make_files import record, stored, write_lines
from verdure.core.models import Activity
from verdure.core.processes import exclusively
from verdure.listings import imports
from verdure.listings.actions import importing
from verdure.listings.imports import files, runs
from verdure.listings.models import ImportRun, Listing
from verdure.listings.records import ProvenanceRecord

pytestmark = pytest.mark.django_db


class Interrupted(KeyboardInterrupt):
    pass


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH", 4)


def begin(path: Path, **options: Any) -> ImportRun:
    return imports.begin(path, options=imports.Options(**options), by=None, owner=None)


def counts(run: ImportRun) -> tuple[str, int, int, int, int, int]:
    return run.state, run.position, run.added, run.changed, run.unchanged, run.rejected


def mixed(path: Path) -> Path:
    """Twelve records of which four are bad, each in a way of its own."""
    lines: list[object] = [record(n) for n in range(1, 13)]
    lines[1] = "[1, 2]"
    lines[5] = record(6, " ")
    lines[6] = record(7, provenance=None)
    lines[10] = record(3)  # a second time
    return write_lines(path, lines)


def interrupting(after: int) -> Any:
    def progress(done: int, total: int | None = None, note: str = "") -> None:
        if done >= after:
            raise Interrupted

    return progress


REJECTS = (
    "\ufefffile,line,column,reason,raw\r\n"
    'list.jsonl,2,,"is not a JSON object: one record a line is expected, from { to }","[1, 2]"\r\n'
)


def test_run_accounts_for_every_record(tmp_path: Path) -> None:
    run = imports.go_on(begin(mixed(tmp_path / "list.jsonl")))
    assert counts(run) == ("done", 12, 8, 0, 0, 4)
    assert set(stored()) == {f"id-{n}" for n in (1, 3, 4, 5, 8, 9, 10, 12)}
    assert run.started_at is not None
    assert run.finished_at is not None
    assert list(Activity.objects.filter(verb__startswith="import.").values_list("verb", "data")) == [
        ("import.begun", {"name": "list.jsonl"}),
        ("import.ended", {"name": "list.jsonl", "read": 12, "added": 8, "changed": 0, "unchanged": 0, "rejected": 4}),
    ]


def test_run_writes_rejects_with_line_column_and_reason(tmp_path: Path) -> None:
    run = imports.go_on(begin(mixed(tmp_path / "list.jsonl")))
    content = imports.rejects_path(run).read_bytes().decode("utf-8")
    assert content.startswith(REJECTS)
    assert [(r.file, r.line, r.column, r.reason) for r in imports.first_rejects(run, 9)] == [
        (
            "list.jsonl",
            2,
            "",
            "is not a JSON object: one record a line is expected, from { to }",
        ),
        ("list.jsonl", 6, "title", "is missing"),
        ("list.jsonl", 7, "source_id", "an import needs a source, and the id that the record has there"),
        ("list.jsonl", 11, "source_id", "the same id id-3 is in list.jsonl, 3; that one stands"),
    ]
    assert b"".join(imports.rejects_content(run)).decode("utf-8") == content
    assert run.rejects_size == len(content.encode())


def test_run_protects_reject_cells_from_being_run_as_formulas(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("title,source_id,readiness\n=1+1,a,12\n", encoding="utf-8")
    run = imports.go_on(begin(path, source="x"))
    [reject] = imports.first_rejects(run, 9)
    assert (reject.line, reject.column, reject.raw.strip()) == (2, "readiness", "=1+1,a,12")
    assert "\"'=1+1,a,12" in imports.rejects_path(run).read_text(encoding="utf-8")


def test_run_again_when_done_is_a_new_run_that_changes_nothing(tmp_path: Path) -> None:
    path = mixed(tmp_path / "list.jsonl")
    first = imports.go_on(begin(path))
    second = imports.go_on(begin(path))
    assert first.pk != second.pk
    assert counts(second) == ("done", 12, 0, 0, 8, 4)
    assert imports.rejects_path(first).read_bytes() == imports.rejects_path(second).read_bytes()


def test_run_updates_what_changed_in_the_file(tmp_path: Path) -> None:
    imports.go_on(begin(write_lines(tmp_path / "a.jsonl", [record(n) for n in range(1, 7)])))
    lines = [record(n, "New" if n == 2 else "") for n in range(1, 8)]
    run = imports.go_on(begin(write_lines(tmp_path / "a.jsonl", lines)))
    assert counts(run) == ("done", 7, 1, 1, 5, 0)
    assert stored()["id-2"] == "New"


def test_run_goes_on_after_its_last_batch_and_counts_nothing_twice(tmp_path: Path) -> None:
    path = mixed(tmp_path / "list.jsonl")
    run = begin(path)
    with pytest.raises(Interrupted):
        imports.go_on(run, progress=interrupting(after=5))
    imports.interrupt(run)
    assert counts(run) == ("interrupted", 8, 5, 0, 0, 3)
    assert Listing.objects.count() == 5

    again = begin(path)
    assert again.pk == run.pk
    imports.go_on(again)
    assert counts(again) == ("done", 12, 8, 0, 0, 4)
    assert len(stored()) == Listing.objects.count() == 8
    assert len(imports.first_rejects(again, 9)) == 4
    assert Activity.objects.filter(verb="import.begun").count() == 1


def test_run_cuts_off_rejects_that_a_killed_process_wrote_beyond_its_checkpoint(tmp_path: Path) -> None:
    path = mixed(tmp_path / "list.jsonl")
    whole = imports.go_on(begin(path))
    wanted = imports.rejects_path(whole).read_bytes()
    run = begin(path)
    with pytest.raises(Interrupted):
        imports.go_on(run, progress=interrupting(after=4))
    with imports.rejects_path(run).open("ab") as stream:
        stream.write(b"half a li")
    imports.go_on(begin(path))
    assert imports.rejects_path(run).read_bytes() == wanted


def test_run_does_not_go_on_with_other_options_or_another_content(tmp_path: Path) -> None:
    path = mixed(tmp_path / "list.jsonl")
    run = begin(path)
    with pytest.raises(Interrupted):
        imports.go_on(run, progress=interrupting(after=4))
    assert begin(path, kind="need").pk != run.pk
    assert begin(path).pk == run.pk
    write_lines(path, [record(1)])
    assert begin(path).pk != run.pk


def test_run_goes_on_though_the_file_has_moved(tmp_path: Path) -> None:
    path = mixed(tmp_path / "list.jsonl")
    run = begin(path)
    with pytest.raises(Interrupted):
        imports.go_on(run, progress=interrupting(after=4))
    moved = path.rename(tmp_path / "moved.jsonl")
    assert imports.go_on(begin(moved)).pk == run.pk


def test_run_reads_a_folder_in_order_of_name(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_lines(folder / "b.jsonl", [record(n) for n in range(5, 8)])
    write_lines(folder / "a.jsonl", [record(n) for n in range(1, 5)])
    (folder / "c.pdf").write_bytes(b"%PDF-1.7")
    run = imports.go_on(begin(folder))
    assert counts(run) == ("done", 8, 7, 0, 0, 1)
    assert list(Listing.objects.order_by("pk").values_list("source_id", flat=True)) == [f"id-{n}" for n in range(1, 8)]
    (folder / "b.jsonl").unlink()
    assert begin(folder).digest != run.digest


def test_batch_and_checkpoint_are_stored_together_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(mixed(tmp_path / "list.jsonl"))
    real = files.write_rejects

    def full_disc(run: ImportRun, rejects: Iterator[Any]) -> int:
        size = real(run, rejects)
        if run.position:
            raise OSError("No space left on device")
        return size

    monkeypatch.setattr(runs, "write_rejects", full_disc)
    with pytest.raises(OSError, match="No space"):
        imports.go_on(run)
    imports.fail(run)
    assert counts(run) == ("failed", 4, 3, 0, 0, 1)
    assert Listing.objects.count() == 3
    monkeypatch.undo()
    assert counts(imports.go_on(run)) == ("done", 12, 8, 0, 0, 4)
    assert len(imports.first_rejects(run, 9)) == 4


def test_record_that_the_database_refuses_costs_nothing_but_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks should leave nothing for the database to refuse; what slips through them nobody knows."""
    real = importing._columns

    def columns(item: Any, organisation: Any) -> dict[str, Any]:
        wrong = {"currency": "", "amount_min": 5} if item.provenance.source_id == "id-3" else {}
        return real(item, organisation) | wrong

    monkeypatch.setattr(importing, "_columns", columns)
    run = imports.go_on(begin(write_lines(tmp_path / "list.jsonl", [record(n) for n in range(1, 7)])))
    assert counts(run) == ("done", 6, 5, 0, 0, 1)
    [reject] = imports.first_rejects(run, 9)
    assert (reject.line, reject.column) == (3, "")
    said = {
        "sqlite": "CHECK constraint failed: listing_amount_has_a_currency",
        "postgresql": 'new row for relation "listings_listing" violates check constraint'
        ' "listing_amount_has_a_currency"',
    }
    assert reject.reason == f"the database refuses it: {said[connection.vendor]}"


def test_second_process_is_told_that_the_first_is_at_it(tmp_path: Path, home: Path) -> None:
    run = begin(mixed(tmp_path / "list.jsonl"))
    with exclusively(home / "imports" / f"{run.pk}.lock"), pytest.raises(imports.AlreadyRunning):
        imports.go_on(run)
    assert counts(run) == ("ready", 0, 0, 0, 0, 0)


def test_run_that_was_stopped_elsewhere_ends_without_its_batch(tmp_path: Path) -> None:
    run = begin(mixed(tmp_path / "list.jsonl"))

    def stop_after_first(done: int, total: int | None = None, note: str = "") -> None:
        if done == 4:
            ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.INTERRUPTED)

    with pytest.raises(imports.Stopped):
        imports.go_on(run, progress=stop_after_first)
    run.refresh_from_db()
    assert counts(run) == ("interrupted", 4, 3, 0, 0, 1)
    assert Listing.objects.count() == 3


def test_database_refuses_a_checkpoint_that_does_not_add_up(tmp_path: Path) -> None:
    run = begin(mixed(tmp_path / "list.jsonl"))
    with pytest.raises(IntegrityError, match="import_accounts_for_all_it_read"), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(position=3, added=2)


def test_run_makes_need_of_every_record_when_told(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "list.jsonl", [record(1, provenance=ProvenanceRecord(source="a", source_id="1"))])
    imports.go_on(begin(path, kind="need"))
    assert Listing.objects.get().kind == "need"


def test_run_leaves_no_lock_behind(tmp_path: Path, home: Path) -> None:
    imports.go_on(begin(write_lines(tmp_path / "list.jsonl", [record(1)])))
    assert list((home / "imports").iterdir()) == []
