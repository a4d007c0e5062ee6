"""Real processes on a database of their own, killed while they import."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.core.conftest import Site, until
from tests.listings.imports.make_files import record, write_lines

pytestmark = pytest.mark.slow

RECORDS = 2_000
BAD = 50  # every fiftieth line


class Standing(NamedTuple):
    runs: int
    state: str
    position: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    rejects_size: int
    listings: int


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With the real settings: the jobs that follow an import are part of what is stored."""
    made = Site(tmp_path_factory.mktemp("site"))
    made.environment |= {"DJANGO_SETTINGS_MODULE": "verdure.settings", "VERDURE_LOG_LEVEL": "WARNING"}
    made.run("migrate", "--verbosity=0", "--skip-checks")
    yield made
    made.end()


def standing(site: Site, source: str) -> Standing | None:
    """The latest run, read from the database itself."""
    rows = site.database.rows(
        "select (select count(*) from listings_importrun), state, position, added, changed, unchanged, rejected,"
        " rejects_size, (select count(*) from listings_listing where source = %s)"
        " from listings_importrun order by id desc limit 1",
        source,
    )
    return Standing(*rows[0]) if rows else None


def reached(site: Site, source: str, *, runs: int, position: int) -> bool:
    now = standing(site, source)
    return now is not None and now.runs == runs and now.position >= position


def collection(path: Path, source: str, *, records: int = RECORDS) -> Path:
    return write_lines(path, (record(n, source=source) if n % BAD else "{broken" for n in range(1, records + 1)))


def test_import_killed_at_random_points_loses_and_repeats_nothing(site: Site, tmp_path: Path) -> None:
    chance = random.Random(20270301)
    path = collection(tmp_path / "killed.jsonl", "killed")
    stops = [0]
    while stops[-1] < RECORDS * 2 // 5:  # so that a quick machine does not come to the end
        process = site.start("import", str(path))
        until(partial(reached, site, "killed", runs=1, position=stops[-1] + chance.randint(1, 300)))
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.wait()
        now = standing(site, "killed")
        assert now is not None
        assert (now.runs, now.position) == (1, now.added + now.rejected)
        assert (now.listings, now.changed, now.unchanged) == (now.added, 0, 0)
        assert (site.home / "imports" / "1-rejects.csv").stat().st_size >= now.rejects_size
        stops.append(now.position)

    printed = site.run("import", str(path)).splitlines()
    assert printed[:2] == [
        f"Goes on after record {stops[-1]:,}, where it stopped.",
        "read 2,000 = 1,960 added + 0 changed + 0 unchanged + 40 rejected",
    ]
    ids = [row[0] for row in site.database.rows("select source_id from listings_listing where source = 'killed'")]
    [[texts]] = site.database.rows("select count(*) from listings_listingtext")
    [activities] = site.database.rows(
        "select count(*), count(distinct subject_id) from core_activity where verb = 'listing.imported'"
    )
    assert sorted(ids) == sorted(f"id-{n}" for n in range(1, RECORDS + 1) if n % BAD)
    assert texts == 1_960
    assert activities == (1_960, 1_960)
    rejects = (site.home / "imports" / "1-rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in rejects[1:]] == [str(n) for n in range(BAD, RECORDS + 1, BAD)]
    again = site.run("import", str(path)).splitlines()
    assert again[0] == "read 2,000 = 0 added + 0 changed + 1,960 unchanged + 40 rejected"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_import_interrupted_says_how_to_go_on(site: Site, tmp_path: Path, number: signal.Signals) -> None:
    source = f"stopped-{number}"
    path = collection(tmp_path / f"{source}.jsonl", source, records=4_000)  # so that the signal comes before the end
    earlier = standing(site, source)
    runs = earlier.runs if earlier else 0
    process = site.start("import", str(path), capture=True)
    until(partial(reached, site, source, runs=runs + 1, position=1))
    process.send_signal(number)
    _, said = process.communicate()
    now = standing(site, source)
    assert now is not None
    assert (process.returncode, now.state) == (130, "interrupted")
    words = (
        f"Interrupted. The first {now.position:,} records are settled and stay. The same command goes on from there."
    )
    assert words in said.decode()
    assert now.listings == now.added > 0
    printed = site.run("import", str(path)).splitlines()
    assert printed[:2] == [
        f"Goes on after record {now.position:,}, where it stopped.",
        "read 4,000 = 3,920 added + 0 changed + 0 unchanged + 80 rejected",
    ]
