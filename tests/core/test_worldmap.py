"""Every country is on the map: an outline within the frame, or a point where it lies."""

from __future__ import annotations

import json
import math
import re
import runpy
from pathlib import Path

import pytest

from tests.data import shared_data
from verdure.core import places, worldmap

ROOT = Path(__file__).resolve().parents[2]
RING = re.compile(r"M(\d+) (\d+)l((?:-?\d+[ ]?)+)z")
Rings = list[list[tuple[int, int]]]

# Countries whose outline at this scale, as drawn by the site, lies in one piece around its label point.
COMPACT = ("AU", "BR", "CH", "DE", "EG", "ET", "IN", "KZ", "MG", "MN", "NG", "PL", "SO", "CY", "UA", "ZA")


def rings(outline: worldmap.Outline) -> Rings:
    found = []
    for x, y, steps in RING.findall(outline.path):
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        ring = [(int(x), int(y))]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            ring.append((ring[-1][0] + dx, ring[-1][1] + dy))
        found.append(ring)
    return found


def area(ring: list[tuple[int, int]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def contains(ring: list[tuple[int, int]], x: int, y: int) -> bool:
    inside = False
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def distance(one: worldmap.Outline, other: worldmap.Outline) -> float:
    """Between points, the short way round: the map's left and right edge are one meridian."""
    across = abs(one.x - other.x)
    return math.hypot(min(across, 1000 - across), one.y - other.y)


@pytest.fixture(scope="module")
def by_code() -> dict[str, worldmap.Outline]:
    return {item.code: item for item in worldmap.outlines()}


def test_there_is_one_outline_for_each_country() -> None:
    assert [item.code for item in worldmap.outlines()] == [item.alpha2 for item in places.countries()]


def test_paths_are_plain_rings_inside_the_frame(by_code: dict[str, worldmap.Outline]) -> None:
    left, top, width, height = map(int, worldmap.viewbox().split())

    for item in by_code.values():
        assert RING.sub("", item.path) == ""
        points = [point for ring in rings(item) for point in ring] + [(item.x, item.y)]
        assert all(left <= x <= left + width and top <= y <= top + height for x, y in points), item.code
        assert all(len(ring) > 2 for ring in rings(item)), item.code


def test_label_points_lie_within_compact_countries(by_code: dict[str, worldmap.Outline]) -> None:
    outside = [c for c in COMPACT if not any(contains(ring, by_code[c].x, by_code[c].y) for ring in rings(by_code[c]))]

    assert outside == []


def test_small_islands_have_a_point_where_they_lie(by_code: dict[str, worldmap.Outline]) -> None:
    for code in places.expand(["SIDS"]):
        assert by_code[code].x > 0
    singapore, malaysia, australia = by_code["SG"], by_code["MY"], by_code["AU"]
    assert singapore.path == ""
    assert singapore.y > malaysia.y
    assert math.dist((singapore.x, singapore.y), (malaysia.x, malaysia.y)) < 40
    assert by_code["FJ"].x > australia.x
    assert by_code["WS"].x < by_code["US"].x  # across the date line from Fiji


def test_points_without_an_outline_are_apart_from_the_middle_of_nowhere(by_code: dict[str, worldmap.Outline]) -> None:
    """A dot lies near the other dots and outlines of its own M49 sub-region."""
    for item in (item for item in by_code.values() if not item.path):
        region = places.country(item.code).regions[-1]
        others = [by_code[code] for code in places.expand([region]) if code != item.code]
        assert min(distance(item, other) for other in others) < 180, item.code


def test_areas_compare_fairly(by_code: dict[str, worldmap.Outline]) -> None:
    """The projection keeps areas: ratios of land areas (km², CIA and UN figures, rounded) hold within a few percent."""
    true = {"BR": 8.50e6, "AU": 7.69e6, "IN": 3.15e6, "KZ": 2.72e6, "DZ": 2.38e6, "CD": 2.34e6, "MN": 1.56e6}
    scale = {code: abs(sum(area(ring) for ring in rings(by_code[code]))) / size for code, size in true.items()}

    assert max(scale.values()) / min(scale.values()) < 1.06


def test_outlines_follow_the_lists_of_the_united_nations(by_code: dict[str, worldmap.Outline]) -> None:
    def holds(code: str, latitude: float, longitude: float) -> bool:
        x, y = BUILDER["place"](latitude, longitude)
        return any(contains(ring, x, y) for ring in rings(by_code[code]))

    assert holds("UA", 45.3, 34.3)
    assert not holds("RU", 45.3, 34.3)
    assert holds("GF", 4.0, -53.1)
    assert not holds("FR", 4.0, -53.1)
    assert holds("SO", 9.6, 45.5)
    assert holds("RS", 42.6, 20.9)
    assert holds("SJ", 78.8, 16.5)
    assert by_code["AQ"].path == ""


def test_no_inner_border_is_left_where_areas_were_joined(by_code: dict[str, worldmap.Outline]) -> None:
    assert {code: len(rings(by_code[code])) for code in ("CY", "SO", "RS")} == {"CY": 1, "SO": 1, "RS": 1}


def test_file_is_light() -> None:
    path = Path(worldmap.__file__).with_name("data") / "world.json"

    assert path.stat().st_size < 60_000
    assert set(json.loads(path.read_text(encoding="utf-8"))) == {"viewbox", "countries"}


def test_builder_gives_the_file_from_the_source(tmp_path: Path) -> None:
    source = shared_data("world-geo") / "ne_110m_admin_0_countries.geojson"
    BUILDER["main"]([str(source), str(tmp_path / "world.json")])

    built = (tmp_path / "world.json").read_bytes()
    assert built == (Path(worldmap.__file__).with_name("data") / "world.json").read_bytes()


def test_projection_is_equal_earth() -> None:
    """The proportions that its authors give: axes as 1 to 2.05458, a pole line of 0.59247 of the equator."""
    x, y = BUILDER["equal_earth"](0.0, 180.0)
    pole_x, pole_y = BUILDER["equal_earth"](90.0, 180.0)

    assert y == 0
    assert round(x / pole_y, 5) == 2.05458
    assert round(pole_x / x, 5) == 0.59247


BUILDER = runpy.run_path(str(ROOT / "tools" / "build_world.py"))
