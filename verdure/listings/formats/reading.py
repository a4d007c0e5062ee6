"""Files and folders as items: the one loop in which every format's outcomes are checked, numbered and accounted for."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..records import ListingRecord, ProvenanceRecord, RecordError
from . import cordis, csv_table, epo, jsonl, nasa, opensustain, uspto, xlsx
from .canonical import canonical, of_kind, one_of
from .detect import FORMATS, UnknownFormat, detect_input
from .inputs import Input, InputRefused, file_input, zip_inputs
from .items import RAW_LIMIT, Found, Item, Options, Outcome, Parsed, Refusal, Reject, refusal, whole_file

READERS: dict[str, Callable[[Input, Options], Iterator[Outcome]]] = {
    "csv": csv_table.outcomes,
    "xlsx": xlsx.outcomes,
    "jsonl": jsonl.outcomes,
    "cordis": cordis.outcomes,
    "nasa": nasa.outcomes,
    "opensustain": opensustain.outcomes,
    "uspto": uspto.outcomes,
    "epo": epo.outcomes,
}
MADE = "made-"
REMEMBERED = 250_000
IGNORED = frozenset({".git", "__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the person who imports says of where the records come from; what a record says itself goes first."""

    source: str = ""
    licence: str = ""
    attribution: str = ""
    kind: str = ""


@dataclass(slots=True)
class _Run:
    """One call of `read`: what is asked for, and the source ids met so far."""

    options: Options
    origin: Origin
    format: str
    seen: dict[bytes, tuple[str, int]] = field(default_factory=dict)


def read(
    path: Path,
    *,
    format: str | None = None,  # noqa: A002  # what the option is called
    mapping: Mapping[str, str] | None = None,
    kind: str | None = None,
    source: str | None = None,
    licence: str | None = None,
    attribution: str | None = None,
    language: str = "en",
    encoding: str = "",
) -> Iterator[Item]:
    """Every record of a file, or of all files below a folder in order of name, as exactly one item each.

    A file that cannot be read at all is one Reject with position 0. Nothing of a file's content raises; a `path` that
    does not exist raises FileNotFoundError, an unknown `format` or `kind` ValueError.

    With `kind` every record becomes one of that kind. `source`, `licence` and `attribution` are given to records that
    do not say theirs; with `source` every record has an id: its own, else one made from kind, title and organisation.
    Without, records of our own JSONL and of tables may come without provenance. A source id met before in the same
    call is a Reject: the first record stands.
    """
    if format is not None:
        one_of(format, FORMATS, "format")
    if kind is not None:
        one_of(kind, ("technology", "need"), "kind")
    run = _Run(
        Options(mapping=mapping or {}, language=language, encoding=encoding),
        Origin(source=source or "", licence=licence or "", attribution=attribution or "", kind=kind or ""),
        format or "",
    )
    if not path.exists():
        raise FileNotFoundError(path)
    return _folder(path, run) if path.is_dir() else _file(file_input(path), run)


def files_below(folder: Path) -> list[Path]:
    """The files of a folder in order of name; hidden ones and links that lead elsewhere are left out."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") or part in IGNORED for part in path.relative_to(folder).parts)
    )


def _folder(folder: Path, run: _Run) -> Iterator[Item]:
    for path in files_below(folder):
        yield from _file(file_input(path, path.relative_to(folder).as_posix()), run)


def _file(source: Input, run: _Run) -> Iterator[Item]:
    try:
        found = _format(source, run.format)
        if found == "zip":
            for member in zip_inputs(source):
                yield from _file(member, run)
            return
    except (UnknownFormat, InputRefused, OSError, zipfile.BadZipFile, zlib.error) as error:
        yield _reject(source, whole_file(_words(error)), 0)
        return
    yield from _items(source, READERS[found], run)


def _format(source: Input, asked: str) -> str:
    """The format asked for, or the one found; an archive is opened whatever is asked for."""
    if asked not in ("", "zip", "xlsx") and not source.head(4).startswith(b"PK\x03\x04"):
        return asked
    found = detect_input(source)
    return found if found == "zip" or asked in ("", "zip") else asked


def _items(source: Input, reader: Callable[[Input, Options], Iterator[Outcome]], run: _Run) -> Iterator[Item]:
    position = 0
    for outcome in _guarded(source, reader, run.options):
        of_whole_file = isinstance(outcome, Refusal) and outcome.whole_file
        position += not of_whole_file
        yield _item(source, outcome, 0 if of_whole_file else position, run)


def _guarded(
    source: Input, reader: Callable[[Input, Options], Iterator[Outcome]], options: Options
) -> Iterator[Outcome]:
    """The reader's outcomes, and one more where the bytes themselves fail."""
    try:
        yield from reader(source, options)
    except RecordError as error:
        yield whole_file(error.reason, column=error.column)
    except (InputRefused, OSError, EOFError, zipfile.BadZipFile, zlib.error, UnicodeError) as error:
        yield whole_file(_words(error))


def _words(error: Exception) -> str:
    """What the person is told; where the bytes themselves fail, the system's words alone would not say that."""
    if isinstance(error, UnknownFormat | InputRefused):
        return str(error)
    return f"cannot be read further: {error or type(error).__name__}"


def _item(source: Input, outcome: Outcome, position: int, run: _Run) -> Item:
    if not isinstance(outcome, Found):
        return _reject(source, outcome, position)
    name = _name(source, outcome)
    try:
        record = canonical(_identified(_as_kind(outcome.build(), run.origin.kind), source, run.origin))
        _check_new(record, name, outcome.line or position, run.seen)
    except RecordError as error:
        refused = refusal(outcome.line, error.reason, column=error.column, raw=outcome.raw)
        return _reject(source, dataclasses.replace(refused, part=outcome.part), position)
    return Parsed(record, name, outcome.line, position)


def _as_kind(record: ListingRecord, kind: str) -> ListingRecord:
    return of_kind(record, kind) if kind else record


def _identified(record: ListingRecord, source: Input, origin: Origin) -> ListingRecord:
    """The record with its provenance filled up from what the person said."""
    own = record.provenance
    if own is None and not origin.source:
        return record
    own = own or ProvenanceRecord(source="", source_id="")
    filled = ProvenanceRecord(
        source=own.source or origin.source or slug(Path(source.name).stem),
        source_id=own.source_id or made_id(record),
        url=own.url,
        licence=own.licence or origin.licence,
        attribution=own.attribution or origin.attribution,
    )
    return dataclasses.replace(record, provenance=filled)


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold())[:50].strip("-") or "table"


def made_id(record: ListingRecord) -> str:
    """An id that stays the same while kind, title and organisation do."""
    named = record.organisation.name if record.organisation else ""
    title = record.texts[0].title if record.texts else ""
    plain = "\n".join(" ".join(text.casefold().split()) for text in (record.kind, title, named))
    return MADE + hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _check_new(record: ListingRecord, file: str, line: int, seen: dict[bytes, tuple[str, int]]) -> None:
    """Beyond REMEMBERED records repetitions are no longer noticed here, so that memory stays bounded."""
    if record.provenance is None:
        return
    origin = record.provenance
    key = hashlib.blake2b(f"{origin.source}\n{origin.source_id}".encode(), digest_size=12).digest()
    if key in seen:
        first, at = seen[key]
        made = origin.source_id.startswith(MADE)
        same = "title and organisation are" if made else f"id {origin.source_id} is"
        raise RecordError("title" if made else "source_id", f"the same {same} in {first}, {at}; that one stands")
    if len(seen) < REMEMBERED:
        seen[key] = (file, line)


def _name(source: Input, outcome: Outcome) -> str:
    return f"{source.name} [{outcome.part}]" if outcome.part else source.name


def _reject(source: Input, outcome: Outcome, position: int) -> Reject:
    assert not isinstance(outcome, Found)
    raw = outcome.raw[:RAW_LIMIT].encode("utf-8", "replace").decode()
    return Reject(_name(source, outcome), outcome.line, outcome.column, outcome.reason, raw, position)
