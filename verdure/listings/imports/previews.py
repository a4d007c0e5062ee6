"""What a file will become, before anything is written."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..formats import Item, Reject
from ..models import ImportRun
from ..records import ListingRecord
from .files import content_of
from .headers import headers
from .options import Options
from .runs import dry_run

LOOKED_AT = 500
SHOWN = 10
REJECTS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`read` records were looked at: all there are, if `whole`."""

    records: Sequence[ListingRecord]  # the first of those that would be loaded
    rejects: Sequence[Reject]
    headers: Sequence[str]
    read: int
    whole: bool
    added: int
    changed: int
    unchanged: int
    rejected: int


def preview(run: ImportRun) -> Preview:
    options, path = Options.from_json(run.options), content_of(run)
    items = list(itertools.islice(options.items(path), LOOKED_AT + 1))
    tried = list(dry_run(items[:LOOKED_AT], by=run.by, owner=run.organisation))
    return Preview(
        records=[record for batch in tried for record in batch.records][:SHOWN],
        rejects=[reject for batch in tried for reject in batch.rejects][:REJECTS_SHOWN],
        headers=_headers(path, run, options, items),
        read=sum(batch.read for batch in tried),
        whole=len(items) <= LOOKED_AT,
        added=sum(batch.found.added for batch in tried),
        changed=sum(batch.found.changed for batch in tried),
        unchanged=sum(batch.found.unchanged for batch in tried),
        rejected=sum(len(batch.rejects) for batch in tried),
    )


def _headers(path: Path, run: ImportRun, options: Options, items: Sequence[Item]) -> Sequence[str]:
    """Also of a table in which no title was found: mapping is what mends that. Not of a file that cannot be opened."""
    first = items[0] if items else None
    unreadable = isinstance(first, Reject) and first.position == 0 and not first.column
    return () if unreadable else headers(path, options.format or run.format, options)
