"""Imports through the site: a file is uploaded, looked at, started; a worker runs it."""

from __future__ import annotations

import shutil
from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from verdure.accounts.models import Organisation, User
from verdure.core.activity import record as record_activity

from ..formats import count, detect
from ..formats.reading import slug
from ..models import ImportRun
from ..origins import space_of
from .files import content_of, digest, drop_rejects, drop_upload, keep_upload, uploads_folder
from .options import Options
from .runs import fingerprint

State = ImportRun.State
KEPT = timedelta(days=7)
COUNTED_AT_ONCE = 20 << 20  # bytes; a larger file is counted by the worker
WAITING = 5  # uploads of one person that wait to be started: the disc is everybody's
REJECTS_KEPT = timedelta(days=90)


class NotStartable(RuntimeError):
    """The run is under way, or over."""


def receive(file: UploadedFile[bytes], *, by: User, owner: Organisation | None) -> ImportRun:
    """Keeps an upload until its person starts or discards it. Raises UnknownFormat for what no reader takes."""
    path, name = keep_upload(file)
    run = ImportRun(name=name, path=path, uploaded=True, by=by, organisation=owner)
    try:
        content = content_of(run)
        run.format = detect(content)
        run.total = count(content) if content.stat().st_size < COUNTED_AT_ONCE else None
        run.digest = digest(content)
        options = Options(source=space_of(owner) if owner else slug(content.stem))
        _keep_options(run, options)
    except BaseException:
        drop_upload(run)
        raise
    for older in ImportRun.objects.filter(by=by, uploaded=True, state=State.READY)[WAITING:]:
        discard(older)
    return run


def _keep_options(run: ImportRun, options: Options) -> None:
    run.options = options.to_json()
    run.fingerprint = fingerprint(run.digest, options, by=run.by, owner=run.organisation)
    run.save()


@transaction.atomic
def adjust(run: ImportRun, options: Options) -> None:
    """Takes other options for a run that has not begun."""
    if not ImportRun.objects.select_for_update().filter(pk=run.pk, state=State.READY).exists():
        raise NotStartable
    _keep_options(run, options)


@transaction.atomic
def start(run: ImportRun) -> None:
    """Hands the run to a worker: a new one, or one that stopped or failed and is to go on."""
    startable = ImportRun.objects.filter(pk=run.pk, state__in=[State.READY, State.INTERRUPTED, State.FAILED])
    if not run.path or not content_of(run).exists() or not startable.update(state=State.RUNNING):
        raise NotStartable
    run.refresh_from_db()
    record_activity("import.requested", run, by=run.by, name=run.name)


@transaction.atomic
def discard(run: ImportRun) -> None:
    """Forgets an upload that was not started."""
    if ImportRun.objects.filter(pk=run.pk, state=State.READY).delete()[0]:
        transaction.on_commit(lambda: drop_upload(run))


def forget() -> int:
    """Drops uploads that nobody went on with, what a broken connection left behind, and old reject files."""
    now = timezone.now()
    for run in ImportRun.objects.filter(state=State.READY, created_at__lt=now - KEPT):
        discard(run)
    ended = ImportRun.objects.filter(uploaded=True, created_at__lt=now - KEPT).exclude(state=State.RUNNING)
    for run in ended.exclude(path=""):
        drop_upload(run)
        ImportRun.objects.filter(pk=run.pk).update(path="")
    for run in ImportRun.objects.filter(rejects_size__gt=0, created_at__lt=now - REJECTS_KEPT, state=State.DONE):
        drop_rejects(run)
    return _drop_strays()


def _drop_strays() -> int:
    """Files of uploads that broke off, and folders whose run is gone."""
    kept = {content_of(run).parent.name for run in ImportRun.objects.filter(uploaded=True).exclude(path="")}
    oldest = (timezone.now() - KEPT).timestamp()
    strays = [p for p in uploads_folder().iterdir() if p.name not in kept and p.lstat().st_mtime < oldest]
    for stray in strays:
        if stray.is_dir():
            shutil.rmtree(stray, ignore_errors=True)
        else:
            stray.unlink(missing_ok=True)
    return len(strays)
