"""Two processes load the same things at the same moment, in opposite order."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.core.conftest import Site

pytestmark = pytest.mark.slow

DAWDLE = """
from django.db import connection
if connection.vendor == "postgresql":  # slow rows, so that the two do meet
    body = "LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE FUNCTION dawdle() RETURNS trigger {body}")
        for table in ("accounts_organisation", "listings_listing"):
            when = f"BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW"
            cursor.execute(f"CREATE TRIGGER slow {when} EXECUTE FUNCTION dawdle()")
"""

LOAD = """
import json
from tests.listings.imports.make_files import record
from tests.racing import race
from verdure.accounts.models import Organisation
from verdure.core.models import Activity
from verdure.listings.actions import load
from verdure.listings.models import Listing, ListingText
from verdure.listings.records import OrganisationRecord

ROUNDS, RECORDS = 2, 12

def batch(source, turn, size):
    numbers = range(RECORDS * turn, RECORDS * (turn + 1))
    owners = {n: OrganisationRecord(name=f"Works {n}", country="KE", size=size) for n in numbers}
    return [record(n, f"Still {size} {n}", source=source, organisation=owners[n]) for n in numbers]

def loader(source, size, step):
    turns = iter(range(ROUNDS))
    return lambda: load(batch(source, next(turns), size)[::step], by=None) and None
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    made.environment["DJANGO_SETTINGS_MODULE"] = "verdure.settings"
    made.run("migrate", "--verbosity=0", "--skip-checks")
    made.python(DAWDLE)
    yield made
    made.end()


def test_same_new_records_come_in_once(site: Site) -> None:
    printed = site.python(
        LOAD
        + """
race(loader("fresh", "small", 1), loader("fresh", "small", -1), rounds=ROUNDS)
listings = Listing.objects.filter(source="fresh").values_list("pk", flat=True)
counts = (
    len(listings), ListingText.objects.filter(listing__in=listings).count(),
    Organisation.objects.filter(source="fresh").count(),
    Activity.objects.filter(verb="listing.imported", subject_id__in=listings).count(),
)
print(json.dumps(counts))
"""
    )
    assert json.loads(printed) == [24, 24, 24, 24]


def test_records_that_two_change_are_changed_twice(site: Site) -> None:
    printed = site.python(
        LOAD
        + """
for turn in range(ROUNDS):
    load(batch("known", turn, ""), by=None)
race(loader("known", "small", 1), loader("known", "large", -1), rounds=ROUNDS)
listings = Listing.objects.filter(source="known")
titles = ListingText.objects.filter(listing__in=listings).values_list("title", flat=True)
sizes = {title.split()[1] for title in titles} - {"small", "large"}
print(json.dumps([len(titles), list(sizes), list(set(listings.values_list("version", flat=True)))]))
"""
    )
    assert json.loads(printed) == [24, [], [3]]
