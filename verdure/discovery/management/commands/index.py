from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from verdure.core.progress import shown
from verdure.engine.documents import IndexBusy, IndexDamaged, IndexMissing, SearchUnavailable

from ... import actions, match_all
from ...index import reader


class Command(BaseCommand):
    help = "look after the search index: rebuild it, put it right, match everything anew, say how it stands"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            choices=["rebuild", "catch-up", "match", "state"],
            help="rebuild: make it anew beside the one in use, going on where an interrupted rebuild stopped;"
            " catch-up: put right what differs from the database; match: compare all needs and technologies anew",
        )

    def handle(self, *, what: str, **options: Any) -> None:
        try:
            if what == "state":
                self._say_state()
            elif what == "match":
                with shown("Matches") as progress:
                    match_all.match_everything(progress)
            else:
                with shown("Search index") as progress:
                    (actions.rebuild_index if what == "rebuild" else actions.catch_up)(progress)
        except IndexBusy:
            raise CommandError("Another process has been writing the index for a minute. Try again later.") from None
        except SearchUnavailable as reason:
            raise CommandError(
                f"The search cluster cannot be used: {reason}. See that it runs and that SEARCH_URL is right."
            ) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. The index in use is as before; the same command goes on from here."
            ) from None

    def _say_state(self) -> None:
        try:
            state = reader().state()
        except (IndexMissing, IndexDamaged) as problem:
            raise CommandError(f"The index cannot be used: {problem}. Run: verdure index rebuild") from None
        self.stdout.write(
            f"{state.documents} listings, {state.vectors} vectors, languages: {', '.join(state.languages)}"
        )
        without = f" ({state.without_meaning})" if state.without_meaning else ""
        self.stdout.write(f"searches by {'words and meaning' if state.mode == 'hybrid' else 'words alone'}{without}")
