"""What two people do to one listing at the same moment, each in a process of their own."""

from __future__ import annotations

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


def test_what_is_handed_in_is_what_was_looked_at(site: Site) -> None:
    """One takes the description out while the other hands in: that waits, and then misses it."""
    said = site.python(
        """
        import multiprocessing, time
        from django.db import transaction
        from tests.make import edited, make_draft, owner_of
        from tests.racing import race
        from verdure.listings import actions
        from verdure.listings.models import Listing

        listing = make_draft()
        owner = owner_of(listing.organisation)
        record = edited(listing, description="")
        changed = multiprocessing.get_context("fork").Event()

        def take_out():
            with transaction.atomic():
                actions.change(listing, record, by=owner)
                changed.set()
                time.sleep(1)

        def hand_in():
            changed.wait(60)
            try:
                actions.submit(listing, by=owner)
            except actions.NotReady as refused:
                return [problem.column for problem in refused.problems]

        print(race(take_out, hand_in)[1], Listing.objects.get().state)
        """
    )
    assert said == "[['description']] draft\n"
