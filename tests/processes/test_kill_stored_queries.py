"""`kill -9` of workers while listings are published and searches saved: every hit is there, and once."""

from __future__ import annotations

import json
import random
import re
import time

from tests.processes.test_kill import kill, processes, publishing
from tests.site import Site

ROUNDS = 6
SAVE = (
    "from tests.make import *;from verdure.discovery.stored_queries import *;"
    "print(store_query(text='acknowledged still',filters={'kind':['technology']},language='en',by=make_user()).pk)"
)
HITS = (
    "import json;from verdure.discovery.models import *;from verdure.listings.models import *;"
    "titles=dict(ListingText.objects.values_list('listing','title'));"
    "print(json.dumps([[q,titles[l]] for q,l in StoredQueryHit.objects.values_list('query','listing')]))"
)
LEFT = (
    "from django_tasks_db.models import *;"
    "print(DBTaskResult.objects.ready().count()+DBTaskResult.objects.running().count())"
)


def wait_for_jobs(site: Site) -> None:
    end = time.monotonic() + 240
    while time.monotonic() < end and int(site.python(LEFT)):
        time.sleep(1)


def test_no_hit_is_lost_and_none_is_there_twice(site: Site) -> None:
    chance = random.Random(20261122)
    expected: set[tuple[int, str]] = set()
    saved: list[int] = []
    for turn in range(ROUNDS):
        saved.append(int(site.python(SAVE)))
        said = site.home / f"published-{turn}.txt"
        publisher = publishing(site, turn, said)
        for _ in range(2):
            time.sleep(chance.uniform(1, 2))
            kill(processes(site, "work", chance.choice(["default", "index"])))
        publisher.kill()
        publisher.wait()
        words = said.read_text().split()
        expected |= {(query, f"Acknowledged still {word}") for query in saved for word in words}
    wait_for_jobs(site)
    found = [(query, title) for query, title in json.loads(site.python(HITS))]
    assert len(found) == len(set(found))
    assert expected <= set(found)
    assert len(expected) > ROUNDS
    assert {query for query, _ in found} == set(saved)
    assert set(re.findall(r"(\d+) failed for good", site.run("jobs"))) <= {"0"}
