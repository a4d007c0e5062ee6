"""Several workers match at the same moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.conftest import Site

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.environment["DJANGO_SETTINGS_MODULE"] = "verdure.settings"
    made.run("migrate", "--verbosity=0", "--skip-checks")
    yield made
    made.end()


def test_workers_that_match_the_same_listings_end_with_each_pair_once(site: Site) -> None:
    printed = site.python(
        """
        import json
        from tests.make import make_need, make_technology
        from tests.racing import race
        from verdure.core.worker import run_waiting
        from verdure.discovery.actions import match_listings
        from verdure.discovery.match_all import match_everything
        from verdure.discovery.models import Match

        needs = [make_need().pk for _ in range(2)]
        technologies = [make_technology().pk for _ in range(3)]
        run_waiting("index", "default")
        Match.objects.all().delete()
        race(
            lambda: match_listings(needs),
            lambda: match_listings(needs[::-1]),
            lambda: match_listings(technologies),
            match_everything,
            rounds=4,
        )
        pairs = Match.objects.filter(among_need_best=True, among_technology_best=True)
        wanted = {(need, technology) for need in needs for technology in technologies}
        print(json.dumps([pairs.count(), set(pairs.values_list("need", "technology")) == wanted]))
        """
    )
    assert json.loads(printed) == [6, True]
