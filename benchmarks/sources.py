"""The real texts that made collections are modelled on: the shared data folder, or the sample collection without it."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "verdure" / "listings" / "data" / "sample"

FILES = (
    ("cordis-cleantech/projects.jsonl", "title", "objective"),
    ("nasa-techport/projects_slim.jsonl", "title", "description"),
    ("opensustain-tech/projects.jsonl", "name", "description"),
)
BODY = ("summary", "description", "advantages", "problem", "context", "specification", "comparison")


@dataclass(frozen=True, slots=True)
class RealText:
    title: str
    body: str

    @property
    def words(self) -> list[str]:
        return f"{self.title}. {self.body}".split()


def real_texts(shared: Path = SHARED) -> list[RealText]:
    """English texts in a fixed order. Without the shared folder, those of the sample collection."""
    found = [text for name, title, body in FILES for text in _published(shared / name, title, body)]
    return found or [text for record in sample_records() for text in _english(record)]


def _published(path: Path, title: str, body: str) -> Iterator[RealText]:
    for line in _lines(path) if path.exists() else ():
        if line.get(title) and line.get(body):
            yield RealText(html.unescape(line[title]).strip(), html.unescape(line[body]).strip())


def _english(record: dict[str, Any]) -> Iterator[RealText]:
    for text in record["texts"]:
        if text["language"] == "en":
            yield RealText(text["title"], " ".join(text[part] for part in BODY if text.get(part)))


def sample_records() -> list[dict[str, Any]]:
    """The listings of the sample collection as JSON, whose facts the made ones take over."""
    paths = (path for path in sorted(SAMPLE.glob("*.jsonl")) if path.name != "organisations.jsonl")
    return [record for path in paths for record in _lines(path)]


def sample_countries() -> list[str]:
    return [line["country"] for line in _lines(SAMPLE / "organisations.jsonl")]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        yield from (json.loads(line) for line in stream if line.strip())
