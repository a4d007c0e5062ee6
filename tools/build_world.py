"""Writes verdure/core/data/world.json: projected country outlines and a point for every country.

Usage: python -m tools.build_world FILE [OUTPUT]
FILE is Natural Earth's 1:110m "Admin 0 - Countries" as GeoJSON (public domain, naturalearthdata.com).

Projection: Equal Earth, so that areas compare fairly: B. Šavrič, T. Patterson, B. Jenny, "The Equal Earth map
projection", International Journal of Geographical Information Science 33(3), 2019, equations 6 to 9. Coordinates are
rounded to whole units; shared borders stay shared because both sides round alike. Nothing else is simplified.

The file draws borders by who holds the ground. The United Nations' list of countries (M49) is the site's list, so
outlines follow it: see SAME_AS and MOVED.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from verdure.core.places import countries

OUTPUT = Path(__file__).resolve().parent.parent / "verdure" / "core" / "data" / "world.json"
WIDTH = 1000
NORTH, SOUTH = 83.7, -63.0  # Cape Morris Jesup; just below the one inhabited edge of Antarctica

Point = tuple[int, int]
Ring = list[Point]

# Areas without an ISO 3166 code of their own lie, for the UN's statistics, in these countries.
SAME_AS = {"N. Cyprus": "CY", "Somaliland": "SO", "Kosovo": "RS"}
# Parts drawn with a country that ISO 3166 and the UN list apart: (drawn with, west, south, east, north, belongs to).
MOVED = (
    ("FR", -55.0, 2.0, -51.0, 6.0, "GF"),
    ("NO", 10.0, 76.0, 34.0, 81.0, "SJ"),
    ("RU", 32.0, 44.0, 37.0, 46.5, "UA"),  # Crimea: UN General Assembly resolution 68/262
)
LEFT_OUT = {"AQ"}

# Latitude and longitude of the capital or middle of places too small for an outline at this scale, and of the
# largest group of stations of Antarctica (King George Island), in degrees.
POINTS = {
    "AD": (42.5, 1.5),
    "AG": (17.1, -61.8),
    "AI": (18.2, -63.1),
    "AQ": (-62.2, -58.9),
    "AS": (-14.3, -170.7),
    "AW": (12.5, -70.0),
    "AX": (60.2, 20.0),
    "BB": (13.1, -59.6),
    "BH": (26.1, 50.6),
    "BL": (17.9, -62.8),
    "BM": (32.3, -64.8),
    "BQ": (12.2, -68.3),
    "BV": (-54.4, 3.4),
    "CC": (-12.2, 96.8),
    "CK": (-21.2, -159.8),
    "CV": (14.9, -23.5),
    "CW": (12.1, -68.9),
    "CX": (-10.5, 105.6),
    "DM": (15.3, -61.4),
    "FM": (6.9, 158.2),
    "FO": (62.0, -6.8),
    "GD": (12.1, -61.7),
    "GF": (4.0, -53.1),
    "GG": (49.5, -2.6),
    "GI": (36.1, -5.4),
    "GP": (16.2, -61.6),
    "GS": (-54.3, -36.5),
    "GU": (13.5, 144.8),
    "HK": (22.3, 114.2),
    "HM": (-53.1, 73.5),
    "IM": (54.2, -4.5),
    "IO": (-7.3, 72.4),
    "JE": (49.2, -2.1),
    "KI": (1.4, 173.0),
    "KM": (-11.7, 43.3),
    "KN": (17.3, -62.7),
    "KY": (19.3, -81.4),
    "LC": (13.9, -61.0),
    "LI": (47.1, 9.5),
    "MC": (43.7, 7.4),
    "MF": (18.1, -63.1),
    "MH": (7.1, 171.4),
    "MO": (22.2, 113.5),
    "MP": (15.2, 145.7),
    "MQ": (14.6, -61.0),
    "MS": (16.7, -62.2),
    "MT": (35.9, 14.5),
    "MU": (-20.2, 57.5),
    "MV": (4.2, 73.5),
    "NF": (-29.0, 168.0),
    "NR": (-0.5, 166.9),
    "NU": (-19.1, -169.9),
    "PF": (-17.5, -149.6),
    "PM": (46.8, -56.2),
    "PN": (-25.1, -130.1),
    "PW": (7.5, 134.6),
    "RE": (-21.1, 55.5),
    "SC": (-4.6, 55.5),
    "SG": (1.3, 103.8),
    "SH": (-15.9, -5.7),
    "SJ": (78.2, 15.6),
    "SM": (43.9, 12.5),
    "ST": (0.3, 6.7),
    "SX": (18.0, -63.1),
    "TC": (21.5, -71.1),
    "TK": (-9.2, -171.8),
    "TO": (-21.1, -175.2),
    "TV": (-8.5, 179.2),
    "UM": (19.3, 166.6),
    "VA": (41.9, 12.5),
    "VC": (13.2, -61.2),
    "VG": (18.4, -64.6),
    "VI": (18.3, -64.9),
    "WF": (-13.3, -176.2),
    "WS": (-13.8, -171.8),
    "YT": (-12.8, 45.2),
}


def equal_earth(latitude: float, longitude: float) -> tuple[float, float]:
    """Equal Earth coordinates of a sphere of radius 1, y growing northward. Degrees in."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(theta) / (3 * slope)
    return x, theta * (a1 + a2 * square + sixth * (a3 + a4 * square))


SCALE = WIDTH / 2 / equal_earth(0, 180)[0]
TOP = equal_earth(NORTH, 0)[1]
HEIGHT = math.ceil((TOP - equal_earth(SOUTH, 0)[1]) * SCALE)


def place(latitude: float, longitude: float) -> Point:
    x, y = equal_earth(latitude, longitude)
    return round(WIDTH / 2 + x * SCALE), round((TOP - y) * SCALE)


def owner(code: str, ring: list[list[float]]) -> str:
    for drawn, west, south, east, north, belongs in MOVED:
        if drawn == code and all(west <= x <= east and south <= y <= north for x, y in ring):
            return belongs
    return code


def rings_by_country(features: Iterable[dict[str, Any]]) -> dict[str, list[Ring]]:
    """Rings of projected whole-unit points, holes wound against their outer ring as GeoJSON has them."""
    found: dict[str, list[Ring]] = {}
    for feature in features:
        properties, shape = feature["properties"], feature["geometry"]
        code = SAME_AS.get(properties["NAME"], properties["ISO_A2_EH"])
        if code in LEFT_OUT:
            continue
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for polygon in polygons:
            belongs = owner(code, polygon[0])
            found.setdefault(belongs, []).extend([place(y, x) for x, y in ring] for ring in polygon)
    return found


def edges(rings: Iterable[Ring]) -> set[tuple[Point, Point]]:
    """Directed edges; one that another ring walks the other way is an inner border, and both go."""
    found: set[tuple[Point, Point]] = set()
    for ring in rings:
        for start, end in zip(ring, ring[1:] + ring[:1], strict=True):
            if (end, start) in found:
                found.remove((end, start))
            elif start != end:
                found.add((start, end))
    return found


def dissolve(rings: Iterable[Ring]) -> Iterator[Ring]:
    """Rings around the union of the given ones."""
    onward: dict[Point, list[Point]] = {}
    for start, end in sorted(edges(rings)):
        onward.setdefault(start, []).append(end)
    while onward:
        ring = [min(onward)]
        while (ends := onward.get(ring[-1])) is not None:
            ring.append(ends.pop())
            if not ends:
                del onward[ring[-2]]
        yield straighten(ring[:-1])


def straighten(ring: Ring) -> Ring:
    """The ring without points that lie on the line between their neighbours."""
    kept: Ring = []
    for index, (x, y) in enumerate(ring):
        (px, py), (nx, ny) = ring[index - 1], ring[(index + 1) % len(ring)]
        if (x - px) * (ny - y) != (y - py) * (nx - x):
            kept.append((x, y))
    return kept


def path(rings: Iterable[Ring]) -> str:
    """SVG path data: absolute starts, relative lines, no spaces that the grammar can spare."""
    parts = []
    for ring in sorted(rings):
        steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in itertools.pairwise(ring)]
        parts.append(f"M{ring[0][0]} {ring[0][1]}l{' '.join(steps)}z".replace(" -", "-"))
    return "".join(parts)


def label_points(features: Iterable[dict[str, Any]]) -> dict[str, Point]:
    found = {}
    for feature in features:
        properties = feature["properties"]
        if properties["NAME"] not in SAME_AS:
            found[properties["ISO_A2_EH"]] = place(properties["LABEL_Y"], properties["LABEL_X"])
    return found | {code: place(*point) for code, point in POINTS.items()}


def build(file: Path) -> str:
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    rings, points = rings_by_country(features), label_points(features)
    lines = []
    for item in countries():
        shape = path(ring for ring in dissolve(rings.get(item.alpha2, [])) if len(ring) > 2)
        x, y = points[item.alpha2]
        lines.append(f' "{item.alpha2}": {json.dumps([x, y, shape])}')
    if strangers := rings.keys() - {item.alpha2 for item in countries()}:
        raise SystemExit(f"outlines without a country: {', '.join(sorted(strangers))}")
    body = ",\n ".join(lines)
    return f'{{"viewbox": {json.dumps([0, 0, WIDTH, HEIGHT])},\n"countries": {{\n {body}\n}}}}\n'


def main(arguments: list[str]) -> None:
    output = Path(arguments[1]) if len(arguments) > 1 else OUTPUT
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(build(Path(arguments[0])), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
