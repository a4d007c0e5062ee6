from __future__ import annotations

import os
import secrets
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db.models import QuerySet

from verdure.core.progress import Progress, shown

from ...content import with_content
from ...formats import write_csv, write_jsonl, write_xlsx
from ...models import Kind, Listing
from ...origins import HERE, exported, of_members
from ...queries import public
from ...records import ListingRecord

WRITERS = {".jsonl": write_jsonl, ".csv": write_csv, ".xlsx": write_xlsx}
AT_ONCE = 200


class Command(BaseCommand):
    help = "write listings to a file that `verdure import` reads back equal: .jsonl, .csv or .xlsx"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE", help="its ending says the format")
        parser.add_argument("--kind", choices=Kind.values, help="technologies or needs alone")
        parser.add_argument("--source", help="only what came from this source; “verdure”: what members entered")
        parser.add_argument("--all-states", action="store_true", help="drafts and what is no longer public as well")

    def handle(self, *, path: Path, kind: str | None, source: str | None, all_states: bool, **options: Any) -> None:
        write = WRITERS.get(path.suffix.lower())
        if write is None:
            raise CommandError(f"The ending of {path.name} should be one of {', '.join(WRITERS)}.")
        if not path.parent.is_dir():
            raise CommandError(f"There is no folder {path.parent}.")
        listings = _chosen(kind, source, all_states=all_states)
        draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        try:
            with draft.open("wb") as stream, shown("Export") as progress:
                number = write(_records(listings, progress), stream)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)  # whole, or not at all
        finally:
            draft.unlink(missing_ok=True)
        self.stdout.write(f"{number:,} listings are in {path}")


def _chosen(kind: str | None, source: str | None, *, all_states: bool) -> QuerySet[Listing]:
    listings = Listing.objects.all() if all_states else public()
    if kind:
        listings = listings.filter(kind=kind)
    if source:
        listings = of_members(listings) if source == HERE else listings.filter(source=source)
    return with_content(listings).order_by("pk")


def _records(listings: QuerySet[Listing], progress: Progress) -> Iterator[ListingRecord]:
    total = listings.count()
    for number, listing in enumerate(listings.iterator(chunk_size=AT_ONCE), 1):
        progress(number, total)
        yield exported(listing)
