"""Country outlines for maps that the server draws as SVG, made once by tools/build_world.py.

Equal Earth projection, whole units, y downward. Natural Earth, public domain. Places too small to have an outline at
this scale (Singapore, Fiji's neighbours, …) have their point, so that a dot can stand for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

_DATA = Path(__file__).with_name("data") / "world.json"

BORDERS_NOTE = _(
    "Borders and names on this map show roughly where listings are. They express no opinion on the legal status of any "
    "country, territory or area, or on its frontiers."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    code: str  # ISO 3166-1 alpha-2
    path: str  # SVG path data, "" where the country has only a point
    x: int  # of the label point or dot
    y: int


@cache
def _raw() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return raw


@cache
def outlines() -> tuple[Outline, ...]:
    """One for every country of ISO 3166-1, by code."""
    return tuple(Outline(code=code, path=path, x=x, y=y) for code, (x, y, path) in _raw()["countries"].items())


def viewbox() -> str:
    """The value of the drawing's viewBox attribute."""
    return " ".join(map(str, _raw()["viewbox"]))
