"""The running of an import: batch by batch, each with its checkpoint in one transaction.

Killed at any point, a run goes on after its last batch: nothing is lost, nothing is counted twice.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from verdure.accounts.models import Organisation, User
from verdure.core.activity import record as record_activity
from verdure.core.processes import AlreadyHeld, exclusively
from verdure.core.progress import Progress, silent

from ..actions import Loaded, compare, load
from ..checks import Problem
from ..formats import Item, Parsed, Reject, count
from ..formats.items import RAW_LIMIT
from ..models import ImportRun
from ..records import ListingRecord, to_json
from .files import content_of, digest, imports_folder, write_rejects
from .options import Options

logger = logging.getLogger(__name__)

BATCH = 200
UNFINISHED = (ImportRun.State.RUNNING, ImportRun.State.INTERRUPTED, ImportRun.State.FAILED)
REFUSALS = (IntegrityError, DataError, ValueError, OverflowError)
COUNTS = ("added", "changed", "unchanged", "rejected")


class AlreadyRunning(RuntimeError):
    """Another process is at this import."""


class Stopped(RuntimeError):
    """Somebody stopped the run, or went on with it elsewhere, since this process last looked."""


def begin(path: Path, *, options: Options, by: User | None, owner: Organisation | None) -> ImportRun:
    """The unfinished run of the same content with the same options, else a new one."""
    path = path.resolve()
    content = digest(path)
    asked = fingerprint(content, options, by=by, owner=owner)
    unfinished = ImportRun.objects.filter(fingerprint=asked, state__in=UNFINISHED, uploaded=False).first()
    if unfinished:
        unfinished.path = str(path)
        unfinished.save(update_fields=["path"])
        return unfinished
    return ImportRun.objects.create(
        name=path.name[:255],
        path=str(path),
        digest=content,
        fingerprint=asked,
        format=options.format,
        options=options.to_json(),
        by=by,
        organisation=owner,
    )


def fingerprint(content: str, options: Options, *, by: User | None, owner: Organisation | None) -> str:
    parts = (content, options.key(), by and by.pk, owner and owner.pk)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def go_on(run: ImportRun, *, progress: Progress = silent) -> ImportRun:
    """Runs the import from its checkpoint to its end. Raises AlreadyRunning, Stopped, and what reading and
    writing raise.

    An error or an interruption leaves the checkpoint as it is and the state to the caller: `interrupt`, `fail`.
    """
    with _alone(run):
        _take_up(run)
        progress(run.position, run.total)
        for batch in _batches(run):
            _settle(run, batch)
            progress(run.position, run.total, _rejected_note(run.rejected))
        _finish(run)
        progress(run.position, run.total)
    return run


@dataclass(frozen=True, slots=True)
class Tried:
    """What a batch would come to: the records that would be loaded, and the rejects."""

    read: int
    found: Loaded
    records: Sequence[ListingRecord]
    rejects: Sequence[Reject]


def dry_run(items: Iterable[Item], *, by: User | None, owner: Organisation | None) -> Iterator[Tried]:
    """Batch by batch what loading the items would come to. Writes nothing."""
    for batch in _batched(iter(items)):
        parsed = _parsed(batch)
        found = compare([item.record for item in parsed], by=by, owner=owner)
        refused = {n for n, _problems in found.refused}
        records = [item.record for n, item in enumerate(parsed) if n not in refused]
        yield Tried(len(batch), found, records, _rejects(batch, parsed, found))


def interrupt(run: ImportRun) -> None:
    """Notes that the run stops here, to be gone on with."""
    ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING).update(state=ImportRun.State.INTERRUPTED)
    run.refresh_from_db()


def fail(run: ImportRun) -> None:
    """Notes that something on our side ended it."""
    ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING).update(state=ImportRun.State.FAILED)
    run.refresh_from_db()


@contextmanager
def _alone(run: ImportRun) -> Iterator[None]:
    """Two processes on one machine do not get in each other's way; on two, the guarded checkpoint decides."""
    lock = imports_folder() / f"{run.pk}.lock"
    try:
        with exclusively(lock):
            yield
            lock.unlink(missing_ok=True)
    except AlreadyHeld:
        raise AlreadyRunning(run.name) from None


def _take_up(run: ImportRun) -> None:
    run.refresh_from_db()
    if run.total is None:
        run.total = count(content_of(run))
    with transaction.atomic():
        if run.started_at is None:
            record_activity("import.begun", run, by=run.by, name=run.name)
            run.started_at = timezone.now()
        run.state = ImportRun.State.RUNNING
        run.save(update_fields=["state", "started_at", "total"])


def _batches(run: ImportRun) -> Iterator[list[Item]]:
    items = Options.from_json(run.options).items(content_of(run))
    return _batched(itertools.islice(items, run.position, None))


def _batched(items: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(itertools.islice(items, BATCH)):
        yield batch


def _parsed(batch: Sequence[Item]) -> list[Parsed]:
    return [item for item in batch if isinstance(item, Parsed)]


def _settle(run: ImportRun, batch: Sequence[Item]) -> None:
    """Load the batch, write down its rejects and move the checkpoint: all of it, or nothing."""
    parsed = _parsed(batch)
    with transaction.atomic():
        found = _loaded([item.record for item in parsed], run)
        rejects = _rejects(batch, parsed, found)
        size = write_rejects(run, rejects)
        counts = dict(zip(COUNTS, (found.added, found.changed, found.unchanged, len(rejects)), strict=True))
        moved = ImportRun.objects.filter(
            pk=run.pk, position=run.position, state=ImportRun.State.RUNNING
        ).update(
            position=F("position") + len(batch),
            rejects_size=size,
            **{name: F(name) + number for name, number in counts.items()},
        )  # fmt: skip
        if not moved:
            raise Stopped(run.name)
    run.refresh_from_db()


def _loaded(records: list[ListingRecord], run: ImportRun) -> Loaded:
    try:
        return load(records, by=run.by, owner=run.organisation)
    except REFUSALS:
        logger.exception("import %s: the batch after record %s is loaded one by one", run.pk, run.position)
        return _one_by_one(records, run)


def _one_by_one(records: list[ListingRecord], run: ImportRun) -> Loaded:
    """So that one record which the database refuses costs nothing but itself."""
    added = changed = unchanged = 0
    refused: list[tuple[int, tuple[Problem, ...]]] = []
    for n, record in enumerate(records):
        try:
            found = load([record], by=run.by, owner=run.organisation)
        except REFUSALS as error:
            reason = str(error).partition("\n")[0][:200]  # PostgreSQL goes on with the whole row
            refused.append((n, (Problem("", _("the database refuses it: %s") % reason),)))
        else:
            added, changed, unchanged = added + found.added, changed + found.changed, unchanged + found.unchanged
            refused += [(n, problems) for _first, problems in found.refused]
    return Loaded(added, changed, unchanged, tuple(refused))


def _rejects(batch: Sequence[Item], parsed: Sequence[Parsed], found: Loaded) -> list[Reject]:
    """What the reader and what the database's side refused, in the order of the file."""
    refused = {id(parsed[n]): problems for n, problems in found.refused}
    rejects = (
        item if isinstance(item, Reject) else _refused(item, refused[id(item)])
        for item in batch
        if isinstance(item, Reject) or id(item) in refused
    )
    return list(rejects)


def _refused(item: Parsed, problems: Sequence[Problem]) -> Reject:
    first, *others = problems
    reason = "; ".join((first.message, *(f"{problem.column}: {problem.message}".lstrip(": ") for problem in others)))
    raw = json.dumps(to_json(item.record), ensure_ascii=False)[:RAW_LIMIT]
    return Reject(item.file, item.line, first.column, reason, raw, item.position)


def _rejected_note(rejected: int) -> str:
    return f"{rejected:,} rejected" if rejected else ""


def _finish(run: ImportRun) -> None:
    with transaction.atomic():
        done = ImportRun.objects.filter(pk=run.pk, position=run.position, state=ImportRun.State.RUNNING)
        if not done.update(state=ImportRun.State.DONE, finished_at=timezone.now(), total=run.position):
            raise Stopped(run.name)
        counts = {name: getattr(run, name) for name in COUNTS}
        record_activity("import.ended", run, by=run.by, name=run.name, read=run.position, **counts)
    run.refresh_from_db()
