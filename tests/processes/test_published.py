"""A whole site: what is published is found, matched and met by saved searches, by the jobs of its own workers."""

from __future__ import annotations

import json
import re
import urllib.request

from tests.core.conftest import until
from tests.site import Site

BEFORE = """
import json
from tests.make import *
from verdure.discovery.stored_queries import store_query
need = make_need()
met = store_query(text='dessalement', filters={'kind': ['technology']}, language='fr', by=make_user())
store_query(text='éolienne', filters={}, language='fr', by=make_user())
print(json.dumps([need.pk, need.get_absolute_url(), met.pk]))
"""
PUBLISH = """
import json
from tests.make import *
one = make_technology('Solar still for the desalination of brackish water')
twin = make_technology('Solar still for the desalination of saline water')
print(json.dumps([one.pk, twin.pk]))
"""
FOLLOWED = """
import json
from verdure.discovery.models import Match, StoredQueryHit
matches = list(Match.objects.values_list('need', 'technology', 'technology_under'))
hits = list(StoredQueryHit.objects.values_list('query', 'listing'))
print(json.dumps([sorted(matches, key=str), sorted(hits)]))
"""


def page(site: Site, path: str) -> str:
    with urllib.request.urlopen(f"{site.url}{path.lstrip('/')}", timeout=20) as answer:
        return str(answer.read().decode())


def test_a_published_listing_is_found_matched_and_met(site: Site) -> None:
    need, address, met = json.loads(site.python(BEFORE))
    one, twin = json.loads(site.python(PUBLISH))

    def followed() -> bool:
        matches, hits = json.loads(site.python(FOLLOWED))
        under = {technology: leader for owner, technology, leader in matches if owner == need}
        grouped = under == {one: None, twin: one} or under == {one: twin, twin: None}
        return grouped and hits == [[met, one], [met, twin]]

    until(followed, within=180)
    shown = page(site, address)
    assert shown.count("Also listed as") == 1
    assert all(shown.count(f"/{technology}/") >= 1 for technology in (one, twin))
    found = page(site, "search/?q=desalination&kind=technology")
    assert len(re.findall(r"Solar still for the <mark>desalination</mark>", found)) == 2
    assert set(re.findall(r"(\d+) failed for good", site.run("jobs"))) <= {"0"}
