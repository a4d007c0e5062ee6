"""The thesaurus that this site searches with: the glossary it comes with, the taxonomy's fields, and what was imported.

Everything is put together by id, so that a file may bring new concepts, or other languages for those that are there.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from verdure.engine.concepts import Concept, Thesaurus
from verdure.listings import taxonomy

from .skos_export import as_turtle, concept_base, field_base
from .thesaurus_files import ThesaurusUnusable, as_csv, merged, read_rows, write_whole

__all__ = ["ThesaurusUnusable", "thesaurus"]

GLOSSARY = "glossary"
BUILT_IN = Path(__file__).with_name("data") / GLOSSARY
_NAME = re.compile("[a-z0-9][a-z0-9-]{0,39}")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Holding:
    """A thesaurus that is kept, and how many labels it has in each language."""

    name: str
    concepts: int
    labels: Counter[str]


@dataclass(frozen=True, slots=True)
class Imported:
    holding: Holding
    replaced: bool
    left_out: tuple[str, ...]  # each a phrase, "3 labels without a language"


@cache
def thesaurus() -> Thesaurus:
    """Made once per process. A file that cannot be read is reported, and left out."""
    rows = [*glossary(), *_fields()]
    for path in _files():
        try:
            rows += read_rows(path)
        except (OSError, ThesaurusUnusable) as problem:
            logger.warning("A thesaurus is left out: %s Import it again, or remove it.", problem)
    return Thesaurus(merged(rows))


@cache
def glossary() -> tuple[Concept, ...]:
    """The concepts that Verdure comes with."""
    return tuple(merged(concept for path in sorted(BUILT_IN.glob("*.csv")) for concept in read_rows(path)))


def _fields() -> Iterator[Concept]:
    for field in taxonomy.fields():
        labels = {language: (label,) for language, label in field.labels.items()}
        yield Concept(field.code, (field.parent,) if field.parent else (), labels)


def _files() -> list[Path]:
    return sorted(Path(settings.THESAURI_FOLDER).glob("[!.]*.csv"))


def _file(name: str) -> Path:
    if not _NAME.fullmatch(name) or name == GLOSSARY:
        raise ThesaurusUnusable(
            f"{name!r} cannot be the name: small letters, digits and hyphens, at most 40, and not {GLOSSARY!r}."
        )
    return Path(settings.THESAURI_FOLDER) / f"{name}.csv"


def holdings() -> list[Holding]:
    """The glossary first, then what was imported. Raises ThesaurusUnusable."""
    return [_holding(GLOSSARY, glossary()), *(_holding(path.stem, merged(read_rows(path))) for path in _files())]


def _holding(name: str, concepts: Iterable[Concept]) -> Holding:
    labels: Counter[str] = Counter()
    number = 0
    for concept in concepts:
        number += 1
        labels.update({language: len(found) for language, found in concept.labels.items()})
    return Holding(name, number, labels)


def import_file(path: Path, name: str, *, languages: Sequence[str] = (), untagged: str = "") -> Imported:
    """Keep the concepts of a file under a name, in place of what had that name. Raises ThesaurusUnusable."""
    target = _file(name)
    left_out: list[str] = []
    if path.suffix.lower() == ".csv":
        concepts = _in_languages(merged(read_rows(path)), languages)
    else:
        concepts, left_out = _read_skos(path, name, languages, untagged)
    if not any(concept.labels for concept in concepts):
        raise ThesaurusUnusable(f"{path.name} holds no concept with a label{' in these languages' * bool(languages)}.")
    replaced = target.exists()
    write_whole(target, as_csv(concepts))
    thesaurus.cache_clear()
    return Imported(_holding(name, concepts), replaced, tuple(left_out))


def _in_languages(concepts: Iterable[Concept], languages: Sequence[str]) -> list[Concept]:
    wanted = set(languages)
    if not wanted:
        return list(concepts)
    chosen = (
        Concept(c.id, c.broader, {code: found for code, found in c.labels.items() if code in wanted}) for c in concepts
    )
    return [concept for concept in chosen if concept.labels]


def _read_skos(path: Path, name: str, languages: Sequence[str], untagged: str) -> tuple[list[Concept], list[str]]:
    # rdflib takes a while to load, and no other process needs it.
    from .skos import Naming, read_skos

    naming = Naming(prefix=f"{name}:", concepts=concept_base(own_base()), fields=field_base(own_base()))
    found = read_skos(path, naming, languages=languages, untagged=untagged)
    notes = {
        "labels without a language": found.without_language,
        "labels too long to be found in a text": found.too_long,
        "withdrawn concepts": found.deprecated,
    }
    return list(found.concepts), [f"{number:,} {what}" for what, number in notes.items() if number]


def remove(name: str) -> None:
    """Raises ThesaurusUnusable if there is none of that name."""
    path = _file(name)
    if not path.exists():
        known = ", ".join(path.stem for path in _files()) or "none"
        raise ThesaurusUnusable(f"There is no thesaurus {name}. Imported are: {known}.")
    path.unlink()
    thesaurus.cache_clear()


def own_base() -> str:
    """Where the addresses of this site's concepts begin."""
    return f"{settings.SITE_URL}/{GLOSSARY}/"


def export_file(path: Path, name: str = GLOSSARY, *, form: str = "turtle") -> None:
    """Write a thesaurus as "csv" or "turtle", whole or not at all. Raises ThesaurusUnusable."""
    if name != GLOSSARY and not _file(name).exists():
        raise ThesaurusUnusable(f"There is no thesaurus {name}.")
    if not path.absolute().parent.is_dir():
        raise ThesaurusUnusable(f"There is no folder {path.parent}.")
    concepts = glossary() if name == GLOSSARY else tuple(merged(read_rows(_file(name))))
    title = "Green-technology glossary" if name == GLOSSARY else name
    turtle = as_turtle(concepts, taxonomy.fields(), base=own_base(), title=title)
    write_whole(path, as_csv(concepts) if form == "csv" else turtle)
