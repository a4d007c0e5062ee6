"""Keeps the texts shown to people translatable, without gettext's programs.

`check`   every visible text of a template is marked, every message can be extracted, and every catalogue of
          verdure/locale holds exactly the messages of the source, with the same placeholders.
`update`  brings the catalogues up to date and compiles them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template.base import Lexer, Token, TokenType
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "verdure"
MARKS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (1,)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
WORD = re.compile(r"[^\W\d_]{2,}")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
DEBRIS = re.compile(r'[\w-]+="[^"<>]*">?')  # of a start tag that the template closes in one of several branches
SPOKEN = ("title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription")
SILENT = ("script", "style", "code", "kbd")
SKIPPED = {
    "blocktranslate": "endblocktranslate",
    "blocktrans": "endblocktrans",
    "comment": "endcomment",
    "block main_class": "endblock",
    "block body_class": "endblock",
}


def main(verb: str) -> int:
    settings.configure(USE_I18N=True)
    messages = source_messages()
    if verb == "update":
        for path in catalogues():
            update(path, messages)
        return 0
    problems = [*unmarked_texts(), *(problem for path in catalogues() for problem in differences(path, messages))]
    print(*problems, f"{len(messages)} messages, {len(catalogues())} catalogues, {len(problems)} problems", sep="\n")
    return 1 if problems else 0


def catalogues() -> list[Path]:
    return sorted(PACKAGE.glob("locale/*/LC_MESSAGES/django.po"))


def source_messages() -> Catalog:
    """Every message of Python files and templates."""
    found = Catalog(project="Verdure", charset="utf-8")
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("templates/**/*.html")]):
        for line, message, comments, context in extract("python", BytesIO(_as_python(path)), MARKS, ("Translators:",)):
            found.add(message, None, [(str(path.relative_to(ROOT)), line)], (), comments, context=context)
    return found


def _as_python(path: Path) -> bytes:
    text = path.read_text()
    if path.suffix == ".html":
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    return text.encode()


def update(path: Path, messages: Catalog) -> None:
    catalogue = _read(path)
    catalogue.update(messages, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def differences(path: Path, messages: Catalog) -> Iterator[str]:
    """What a catalogue lacks, holds in vain, or translates with other placeholders than the source has."""
    name, catalogue = path.relative_to(ROOT), _read(path)
    ours, theirs = ({(m.context, _first(m.id)) for m in one if m.id} for one in (messages, catalogue))
    yield from (f"{name}: lacks {text!r}" for _, text in sorted(ours - theirs, key=str))
    yield from (f"{name}: no longer used: {text!r}" for _, text in sorted(theirs - ours, key=str))
    for message in catalogue:
        source, translated = _first(message.id), _first(message.string)
        if source and message.fuzzy:
            yield f"{name}: fuzzy: {source!r}"
        elif source and translated and set(PLACEHOLDER.findall(source)) != set(PLACEHOLDER.findall(translated)):
            yield f"{name}: other placeholders than the source: {source!r}"


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, domain="django", abort_invalid=True)


def _first(text: str | tuple[str, ...] | list[str] | None) -> str:
    return text if isinstance(text, str) else text[0] if text else ""


def unmarked_texts() -> Iterator[str]:
    """Words in templates that a reader would see or hear and a translator would not."""
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        reader = _Reader()
        reader.feed(_bare(path.read_text()))
        reader.close()
        yield from (f"{path.relative_to(ROOT)}:{line}: not marked: {text!r}" for line, text in reader.found)


def _bare(template: str) -> str:
    """The template without its tags, variables and marked texts, its lines kept."""
    kept, until = [], ""
    for token in Lexer(template).tokenize():
        kept.append(token.contents if token.token_type == TokenType.TEXT and not until else _lines(token))
        if token.token_type == TokenType.BLOCK:
            tag = token.contents.partition(" ")[0]
            until = "" if tag == until else until or SKIPPED.get(tag) or SKIPPED.get(token.contents, "")
    return "".join(kept)


def _lines(token: Token) -> str:
    return "\n" * token.contents.count("\n")


class _Reader(HTMLParser):
    """Collects line and text of every word outside elements that are not prose or carry translate="no"."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        silent = tag == self._silent[-1] if self._silent else tag in SILENT or attributes.get("translate") == "no"
        if silent:
            self._silent.append(tag)
        for name in SPOKEN:
            self._note(attributes.get(name) or "")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(DEBRIS.sub("", data))

    def _note(self, text: str) -> None:
        if WORD.search(text):
            self.found.append((self.getpos()[0], " ".join(text.split())))


if __name__ == "__main__":
    if sys.argv[1:] not in (["check"], ["update"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
