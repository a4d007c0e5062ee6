"""The map of listings by country: a drawing by the server, with its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from verdure.core import worldmap
from verdure.listings import words

LEVELS = 5


@dataclass(frozen=True, slots=True)
class Place:
    code: str
    name: str
    path: str
    x: int
    y: int
    count: int
    level: int


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    count: int
    portion: int
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    level: int
    label: str


@dataclass(frozen=True, slots=True)
class Map:
    width: int
    height: int
    places: Sequence[Place]
    rows: Sequence[Bar]
    scale: Sequence[Step]
    caption: str


def map_of(counts: Mapping[str, int]) -> Map:
    """`counts`: listings by country (alpha-2), in the order in which the table shall show them."""
    bounds = level_bounds(max(counts.values(), default=0))
    width, height = worldmap.viewbox().split()[2:]
    return Map(
        width=int(width),
        height=int(height),
        places=[_place(outline, counts.get(outline.code, 0), bounds) for outline in worldmap.outlines()],
        rows=[_bar(code, count, max(counts.values())) for code, count in counts.items()],
        scale=[Step(n, f"{low}" if low == high else f"{low}–{high}") for n, (low, high) in enumerate(bounds, 1)],
        caption=_("Technologies and needs by country of their owner"),
    )


def level_bounds(most: int) -> list[tuple[int, int]]:
    """At most five classes from 1 to `most`, each about as many times the one before: [(1, 1), (2, 4), …]."""
    if most < 1:
        return []
    ends = sorted({round(most ** (n / LEVELS)) for n in range(1, LEVELS + 1)})
    return [(previous + 1, end) for previous, end in zip([0, *ends], ends, strict=False)]


def _place(outline: worldmap.Outline, count: int, bounds: Sequence[tuple[int, int]]) -> Place:
    level = next((n for n, (low, high) in enumerate(bounds, 1) if low <= count <= high), 0)
    name = words.country_name(outline.code) if count else ""
    return Place(outline.code, name, outline.path, outline.x, outline.y, count, level)


def _bar(code: str, count: int, most: int) -> Bar:
    url = f"{reverse('search')}?country={code}"
    return Bar(words.country_name(code), count, max(1, round(100 * count / most)), url)
