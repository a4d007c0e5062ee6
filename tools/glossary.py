"""Checks the glossary: `python tools/glossary.py [FILE…]`. A line for every fault; exit status 1 if there are any.

What it cannot see is whether a translation is right: that takes a reader.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "verdure/discovery/data/glossary"
LANGUAGES = ("en", "fr", "es", "ar", "zh", "ru", "ja", "pt")
SCRIPTS = {
    "en": "LATIN", "fr": "LATIN", "es": "LATIN", "pt": "LATIN",
    "ar": "ARABIC", "ru": "CYRILLIC", "zh": "CJK", "ja": "CJK|HIRAGANA|KATAKANA",
}  # fmt: skip
NAMES = re.compile(r"[A-Z0-9][\w.+/₂₃₄-]*( [A-Z0-9][\w.+/-]*)*")  # acronyms and formulas keep their letters anywhere


def labels(cell: str) -> list[str]:
    return [label.strip() for label in cell.split("|")]


def faults_of_row(row: dict[str, str]) -> Iterator[str]:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]):
        yield "the id is not a slug"
    for language in LANGUAGES:
        found = labels(row[language] or "")
        if not all(found):
            yield f"{language}: a label is empty"
        if len(set(found)) < len(found):
            yield f"{language}: a label is there twice"
        if found[0] and not NAMES.fullmatch(found[0]) and not _is_written_in(language, found[0]):
            yield f"{language}: {found[0]!r} is in another script"
        for label in found:
            if unicodedata.normalize("NFC", label) != label:
                yield f"{language}: {label!r} is not in normal form C"


def _is_written_in(language: str, label: str) -> bool:
    wanted = SCRIPTS[language].split("|")
    return any(unicodedata.name(letter, "").startswith(tuple(wanted)) for letter in label)


def rows(files: Iterable[Path]) -> Iterator[tuple[Path, int, dict[str, str]]]:
    for path in files:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            if reader.fieldnames != ["id", "broader", *LANGUAGES]:
                raise SystemExit(f"{path.name}: the first row must be id,broader,{','.join(LANGUAGES)}")
            for row in reader:
                yield path, reader.line_num, row


def faults(files: Iterable[Path]) -> Iterator[str]:
    first: dict[str, str] = {}
    senses: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, line, row in rows(files):
        place = f"{path.name}:{line}"
        if None in row or None in row.values():
            yield f"{place}: not ten cells"
            continue
        yield from (f"{place}: {fault}" for fault in faults_of_row(row))
        if row["id"] in first:
            yield f"{place}: the id {row['id']} is also at {first[row['id']]}"
        first.setdefault(row["id"], place)
        for label in labels(row["en"]):
            senses["en", label.casefold()].append(row["id"])
    for (language, label), ids in senses.items():
        if len(ids) > 1:
            yield f"{language}: {label!r} names {', '.join(ids)}"


def main(arguments: list[str]) -> int:
    files = [Path(name) for name in arguments] or sorted(FOLDER.glob("*.csv"))
    found = list(faults(files))
    print("\n".join(found) or f"{sum(1 for _ in rows(files)):,} concepts, no faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
