# ruff: noqa: N999  # the command is called import
from __future__ import annotations

import signal
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from verdure.accounts.models import Organisation
from verdure.core.progress import shown

from ... import imports
from ...formats import FORMATS, Reject, count
from ...formats.reading import slug
from ...imports.options import KINDS
from ...models import ImportRun
from ...origins import space_of

REJECTS_SHOWN = 5
EXAMPLES = """
  verdure import projects.jsonl                        found out by content; public at once
  verdure import list.xlsx --source partner-x --licence CC-BY-4.0
  verdure import list.csv --map "Nom du projet=title" --map "Pays=organisation_country" --dry-run
  verdure import list.csv --organisation "Solar Works"  as drafts of that organisation

Interrupted or killed, the same command goes on where it was. Run again when done, it changes nothing
unless the file did.
"""


class Command(BaseCommand):
    help = "load technologies and needs from a file or folder: CSV, XLSX, JSONL, CORDIS, NASA, USPTO and EPO XML"
    requires_system_checks: tuple[str, ...] = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE|FOLDER")
        parser.add_argument("--format", choices=FORMATS, default="", help="default: found out from the content")
        parser.add_argument("--as", choices=KINDS, default="", dest="kind", help="make every record one of this kind")
        parser.add_argument(
            "--source", default="", help="short name of where the records come from, if they do not say"
        )
        parser.add_argument("--licence", default="", help="SPDX name or words, for records that do not say theirs")
        parser.add_argument("--language", default="en", help="of texts that do not say theirs (default: %(default)s)")
        parser.add_argument("--encoding", default="", help="of a text file that is not UTF-8")
        parser.add_argument("--organisation", default="", metavar="ID|NAME", help="load as drafts of this organisation")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="may be given again")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")

    def handle(self, *, path: Path, organisation: str, dry_run: bool, **given: Any) -> None:
        if not path.exists():
            raise CommandError(f"There is no file or folder {path}.")
        owner = _organisation(organisation) if organisation else None
        options = imports.Options(
            source=given["source"] or (space_of(owner) if owner else slug(path.resolve().stem)),
            mapping=_mapping(given["map"]),
            **{name: given[name] for name in ("format", "kind", "licence", "language", "encoding")},
        )
        if dry_run:
            self._try(path, options, owner)
        else:
            self._run(path, options, owner)

    def _try(self, path: Path, options: imports.Options, owner: Organisation | None) -> None:
        sums = dict.fromkeys(("read", *imports.COUNTS), 0)
        first: list[Reject] = []
        with shown("Dry run") as progress:
            total = count(path)
            for tried in imports.dry_run(options.items(path), by=None, owner=owner):
                found = (tried.read, tried.found.added, tried.found.changed, tried.found.unchanged, len(tried.rejects))
                sums = {name: before + number for (name, before), number in zip(sums.items(), found, strict=True)}
                first += tried.rejects[: REJECTS_SHOWN - len(first)]
                progress(sums["read"], total)
            progress(sums["read"], sums["read"])
        self.stdout.write(f"Nothing was written. It would be: {_sum(**sums)}")
        self._show(first, sums["rejected"])

    def _run(self, path: Path, options: imports.Options, owner: Organisation | None) -> None:
        run = imports.begin(path, options=options, by=None, owner=owner)
        if run.position:
            self.stdout.write(f"Goes on after record {run.position:,}, where it stopped.")
        try:
            with _stoppable(), shown("Import") as progress:
                imports.go_on(run, progress=progress)
        except KeyboardInterrupt:
            imports.interrupt(run)
            raise CommandError(_interrupted(run), returncode=130) from None
        except imports.AlreadyRunning:
            raise CommandError("Another process is at this import. Wait for it, or stop it first.") from None
        except BaseException:
            imports.fail(run)
            raise
        self._tell(run)

    def _tell(self, run: ImportRun) -> None:
        counts = {name: getattr(run, name) for name in imports.COUNTS}
        self.stdout.write(_sum(read=run.position, **counts))
        if run.rejected:
            self.stdout.write(f"Rejected, each with line, column and reason: {imports.rejects_path(run)}")
            self._show(imports.first_rejects(run, REJECTS_SHOWN), run.rejected)
        if run.position == run.rejected:
            raise CommandError("Nothing was loaded.")

    def _show(self, rejects: Sequence[Reject], number: int) -> None:
        for reject in rejects:
            where = f"{reject.file}{f', line {reject.line}' if reject.line else ''}"
            self.stdout.write(f"  {where}: {f'{reject.column}: ' if reject.column else ''}{reject.reason}")
        if number > len(rejects):
            self.stdout.write(f"  … and {number - len(rejects):,} more")


def _sum(*, read: int, added: int, changed: int, unchanged: int, rejected: int) -> str:
    parts = f"{added:,} added + {changed:,} changed + {unchanged:,} unchanged + {rejected:,} rejected"
    return f"read {read:,} = {parts}"


def _interrupted(run: ImportRun) -> str:
    return f"Interrupted. The first {run.position:,} records are settled and stay. The same command goes on from there."


@contextmanager
def _stoppable() -> Iterator[None]:
    """Being asked to end (SIGTERM) is the same as Ctrl-C."""
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _as_interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _mapping(given: Sequence[str]) -> dict[str, str]:
    pairs = [pair.rpartition("=") for pair in given]
    if wrong := [pair for pair, (header, _sep, _field) in zip(given, pairs, strict=True) if not header]:
        raise CommandError(f'--map {wrong[0]!r} should look like "Column of the file=title".')
    return {header.strip(): field.strip() for header, _sep, field in pairs}


def _organisation(given: str) -> Organisation:
    by_id = Organisation.objects.filter(pk=int(given)) if given.isdecimal() else Organisation.objects.none()
    found = list(by_id or Organisation.objects.filter(name__iexact=given)[:5])
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(f"No organisation has the number or name {given!r}.")
    ids = ", ".join(f"{organisation.pk} ({organisation.country or 'no country'})" for organisation in found)
    raise CommandError(f"Several organisations are called {given!r}; say which by number: {ids}.")
