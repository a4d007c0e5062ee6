from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from verdure.core.progress import shown, silent
from verdure.engine.measure import JudgedSetUnusable, Quality, evaluate

from ... import model
from ...thesauri import thesaurus

COLUMNS = ("ndcg@10", "recall@100", "mrr@10", "p50_ms", "p95_ms")


class Command(BaseCommand):
    requires_system_checks: tuple[str, ...] = ()
    help = "measure the site's own search on a judged collection (a folder in BEIR's layout)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="with corpus.jsonl, queries.jsonl and qrels/*.tsv")
        parser.add_argument("--json", dest="json_wanted", action="store_true", help="print one JSON object")

    def handle(self, *, folder: Path, json_wanted: bool, **options: Any) -> None:
        model.prepare(silent)
        with tempfile.TemporaryDirectory(prefix="verdure-eval-") as work, shown("Evaluation") as progress:

            def told(stage: str, done: int, total: int) -> None:
                progress(done, total, stage)

            try:
                found = evaluate(folder, model.encoder(), Path(work), thesaurus=thesaurus(), progress=told)
            except JudgedSetUnusable as problem:
                raise CommandError(str(problem)) from None
        rows = {"words": _row(found.words)}
        if found.hybrid:
            rows["hybrid"] = _row(found.hybrid)
        self._print(rows, as_json=json_wanted)

    def _print(self, rows: dict[str, dict[str, float]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows))
            return
        self.stdout.write(f"{'':<8}" + "".join(f"{name:>12}" for name in COLUMNS))
        for mode, row in rows.items():
            self.stdout.write(f"{mode:<8}" + "".join(f"{row[name]:>12.{_digits(name)}f}" for name in COLUMNS))
        if "hybrid" not in rows:
            self.stdout.write("No text model, so words alone.")


def _digits(column: str) -> int:
    return 1 if column.endswith("ms") else 4


def _row(quality: Quality) -> dict[str, float]:
    values = asdict(quality)
    names = ("ndcg_at_10", "recall_at_100", "mrr_at_10", "p50_ms", "p95_ms")
    return {column: round(values[name], 4) for column, name in zip(COLUMNS, names, strict=True)}
