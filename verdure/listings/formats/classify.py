"""Fields of the taxonomy for records whose source names none: from patent classes, and from the source's own topics."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .. import taxonomy

_DATA = Path(__file__).parents[1] / "data" / "source_topics.json"
MOST = 5


def fields_for_symbols(symbols: Iterable[str]) -> tuple[str, ...]:
    """The fields that IPC and CPC symbols point to, best first, at most five."""
    given = tuple(symbols)
    return tuple(found.field.code for found in taxonomy.fields_for_codes(given)[:MOST]) if given else ()


@cache
def _topics(source: str) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = json.loads(_DATA.read_text(encoding="utf-8"))[source]
    return topics


def fields_for_topics(source: str, topics: Iterable[str]) -> tuple[str, ...]:
    """The fields that belong to the source's topics where that is evident.

    CORDIS numbers its topics ("LC-BAT-2-2019"): there the longest known beginning counts, elsewhere the whole topic.
    """
    known = _topics(source)
    found: dict[str, None] = {}
    for topic in topics:
        names = [name for name in known if topic == name or (source == "cordis" and topic.startswith(name))]
        if names:
            found.update(dict.fromkeys(known[max(names, key=len)]))
    return tuple(found)[:MOST]
