"""The glossary's file format: CSV with a column for each language, described in docs/glossary.md."""

from __future__ import annotations

import csv
import io
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from verdure.engine.concepts import Concept
from verdure.engine.text import primary

BETWEEN = "|"
FIRST = ("id", "broader")
_LANGUAGE = re.compile("[a-z]{2,3}")


class ThesaurusUnusable(ValueError):
    """A thesaurus that cannot be read or kept. The message is for the person who brought it."""


def read_rows(path: Path) -> Iterator[Concept]:
    """The concepts of one file, in its order; the same id may come again. Raises ThesaurusUnusable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream, strict=True)
            languages = _languages(path.name, next(rows, []))
            for row in rows:
                if row:
                    yield _concept(f"{path.name}, line {rows.line_num}", languages, row)
    except (UnicodeDecodeError, csv.Error) as problem:
        raise ThesaurusUnusable(f"{path.name} is not CSV in UTF-8: {problem}. Save it as that.") from None


def _languages(name: str, header: list[str]) -> tuple[str, ...]:
    if tuple(header[:2]) != FIRST:
        raise ThesaurusUnusable(f"{name}: the first row must begin with id,broader, and go on with language codes.")
    languages = tuple(map(primary, header[2:]))
    wrong = [code for code in languages if not _LANGUAGE.fullmatch(code)]
    if wrong or not languages or len(set(languages)) < len(languages):
        named = ", ".join(wrong or header[2:]) or "none"
        raise ThesaurusUnusable(
            f"{name}: columns after broader must be languages (en, fr, …), each once; found {named}."
        )
    return languages


def _concept(place: str, languages: tuple[str, ...], row: list[str]) -> Concept:
    if len(row) != len(languages) + len(FIRST):
        raise ThesaurusUnusable(f"{place}: {len(row)} cells where the first row has {len(languages) + len(FIRST)}.")
    name, broader, *cells = map(str.strip, row)
    if not name or BETWEEN in name or len(name.split()) > 1:
        raise ThesaurusUnusable(f"{place}: {name!r} cannot be an id: it must be one word without {BETWEEN}.")
    labels = {code: found for code, cell in zip(languages, cells, strict=True) if (found := _parts(cell))}
    return Concept(name, _parts(broader), labels)


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for piece in cell.split(BETWEEN) if (part := piece.strip())))


def merged(concepts: Iterable[Concept]) -> Iterator[Concept]:
    """Concepts of one id as one: labels and broader ones of the first before those of the later ones."""
    found: dict[str, Concept] = {}
    for concept in concepts:
        known = found.get(concept.id)
        found[concept.id] = _both(known, concept) if known else concept
    return iter(found.values())


def _both(one: Concept, other: Concept) -> Concept:
    labels = dict(one.labels)
    for language, more in other.labels.items():
        labels[language] = tuple(dict.fromkeys(labels.get(language, ()) + more))
    return Concept(one.id, tuple(dict.fromkeys(one.broader + other.broader)), labels)


def as_csv(concepts: Iterable[Concept]) -> Iterator[str]:
    """The lines of a file that `read_rows` reads back equal."""
    concepts = list(concepts)
    languages = sorted({language for concept in concepts for language in concept.labels})
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*FIRST, *languages])
    for concept in concepts:
        cells = (BETWEEN.join(concept.labels.get(language, ())) for language in languages)
        writer.writerow([concept.id, BETWEEN.join(concept.broader), *cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """The file is there whole or as it was before, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(lines)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
