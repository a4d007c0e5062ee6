from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from verdure.core.progress import shown
from verdure.engine.text import primary
from verdure.listings.formats.reading import slug

from ... import thesauri
from ...thesauri import Holding, ThesaurusUnusable

EXAMPLES = """
  verdure thesaurus list                                        what there is
  verdure thesaurus import gemet.rdf                            beside the glossary, under its file's name
  verdure thesaurus import agrovoc.nt --languages en,fr,es,ar
  verdure thesaurus remove gemet
  verdure thesaurus export glossary.ttl                         SKOS; with --csv in the glossary's own format

Imported again under the same name, a thesaurus takes the place of the one before.
"""
REBUILT = "Start the site again (verdure up): it then searches with this, and the index is rebuilt for it."


class Command(BaseCommand):
    requires_system_checks: tuple[str, ...] = ()
    help = "concepts in many languages: list them, import SKOS or CSV beside the glossary, remove, export"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="the glossary and what was imported")
        taken = verbs.add_parser("import", help="SKOS (.ttl, .rdf, .nt, .jsonld) or the glossary's CSV")
        taken.add_argument("path", type=Path, metavar="FILE")
        taken.add_argument("--name", default="", help="default: the file's name")
        taken.add_argument("--languages", default="", metavar="en,fr,…", help="keep labels in these alone")
        taken.add_argument("--untagged", default="", metavar="LANGUAGE", help="of labels that do not say theirs")
        verbs.add_parser("remove", help="forget an imported one").add_argument("name")
        given = verbs.add_parser("export", help="the glossary, or an imported one with --name")
        given.add_argument("path", type=Path, metavar="FILE")
        given.add_argument("--name", default=thesauri.GLOSSARY)
        form = given.add_mutually_exclusive_group()
        form.add_argument("--skos", dest="form", action="store_const", const="turtle", default="turtle", help="Turtle")
        form.add_argument("--csv", dest="form", action="store_const", const="csv", help="the glossary's own format")

    def handle(self, *, verb: str, **given: Any) -> None:
        try:
            if verb == "list":
                self._list()
            elif verb == "import":
                self._import(given["path"], given["name"], given["languages"], given["untagged"])
            elif verb == "remove":
                thesauri.remove(given["name"])
                self.stdout.write(f"{given['name']} is removed. {REBUILT}")
            else:
                self._export(given["path"], given["name"], given["form"])
        except (ThesaurusUnusable, OSError) as problem:
            raise CommandError(str(problem)) from None

    def _list(self) -> None:
        for holding in thesauri.holdings():
            self.stdout.write(_line(holding))

    def _import(self, path: Path, name: str, languages: str, untagged: str) -> None:
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        wanted = [primary(code.strip()) for code in languages.split(",") if code.strip()]
        with shown("Thesaurus"):
            done = thesauri.import_file(path, name or slug(path.stem)[:40], languages=wanted, untagged=untagged)
        self.stdout.write(_line(done.holding))
        for phrase in done.left_out:
            self.stdout.write(f"  left out: {phrase}")
        self.stdout.write(f"{'Replaced' if done.replaced else 'Imported'}. {REBUILT}")

    def _export(self, path: Path, name: str, form: str) -> None:
        thesauri.export_file(path, name, form=form)
        self.stdout.write(f"{name} is in {path}")


def _line(holding: Holding) -> str:
    languages = ", ".join(f"{code} {number:,}" for code, number in sorted(holding.labels.items()))
    return f"{holding.name}: {holding.concepts:,} concepts; labels: {languages or 'none'}"
