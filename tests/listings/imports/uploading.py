"""Uploading a list as a browser does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from verdure.accounts.models import Organisation
from verdure.listings.models import ImportRun

TABLE = "id,title,readiness\n7,Solar still,5\n8,Wind pump,12\n9,Clay filter,9\n"
FOREIGN = "Nr;Benennung;Stufe\n7;Solarbrunnen;5\n"


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
