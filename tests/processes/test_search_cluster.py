"""A real site on a real cluster: a node is killed under load, then all of them with all that they held.

Nobody who asks the site sees an error while a node is lost; without the cluster the search says so and all else works.
What was acknowledged is found in the end, each time.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.core.conftest import until
from tests.engine.conformance.backends import remove
from tests.ports import free_port
from tests.search_cluster import elected, fresh_url
from tests.site import ROOT, Site
from tools.cluster.nodes import LocalCluster
from verdure.engine.cluster.address import ClusterAddress

pytestmark = pytest.mark.slow

BEFORE, LISTINGS = 4, 12
VISITORS = 3
PUBLISH = f"""
import django; django.setup()
from tests.make import *
organisation, moderator = make_organisation(name="Publishers"), make_moderator()
for number in range({LISTINGS}):
    make_published(technology_record(f"Still number{{number}}x"), organisation=organisation, moderator=moderator)
    print(f"number{{number}}x", flush=True)
    time.sleep(0.3)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, search_cluster: LocalCluster) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"), free_port(), words_only=True)
    made.database.environment["SEARCH_URL"] = fresh_url(search_cluster)
    made.start()
    yield made
    made.end()
    remove(ClusterAddress.parse(made.environment["SEARCH_URL"]))


def answer(site: Site, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{site.url}{path}", timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def finds(site: Site, word: str) -> bool:
    return f"<mark>{word}</mark>" in answer(site, f"search/?q={word}")[1]


@contextmanager
def visited(site: Site, *paths: str) -> Iterator[Counter[tuple[str, int]]]:
    """People who ask for these pages all the time; how often each was answered with which status."""
    seen: Counter[tuple[str, int]] = Counter()
    ended = threading.Event()

    def visit() -> None:
        while not ended.wait(0.05):
            for path in paths:
                seen[path, answer(site, path)[0]] += 1

    threads = [threading.Thread(target=visit) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@contextmanager
def publishing(site: Site) -> Iterator[list[str]]:
    """A process that publishes; a word of each listing, once it is stored. At the end all are."""
    said: list[str] = []
    environment = {**site.environment, "DJANGO_SETTINGS_MODULE": "verdure.settings"}
    command = [sys.executable, "-c", f"import time\n{PUBLISH}"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = process.stdout
        listener = threading.Thread(target=lambda: said.extend(line.strip() for line in lines))
        listener.start()
        yield said
        listener.join()
    assert process.returncode == 0


def test_a_node_killed_under_load_is_not_noticed(site: Site, search_cluster: LocalCluster) -> None:
    site.python("from tests.make import *;make_technology('Solar still before')")
    until(lambda: finds(site, "before"))
    search_cluster.wait_for(3, status="green")
    victim = elected(search_cluster)
    paths = ("", "search/?q=still", "search/?q=solar+still&kind=technology", "search/?sort=newest", "listings/1/")
    try:
        with visited(site, *paths) as seen, publishing(site) as acknowledged:
            until(lambda: len(acknowledged) > BEFORE)
            search_cluster.kill(victim)
            asked_before = seen.total()
        assert len(acknowledged) == LISTINGS
        until(lambda: all(finds(site, word) for word in acknowledged), within=120)
        assert {status for _path, status in seen} == {200}
        assert seen.total() > asked_before
    finally:
        search_cluster.start(victim)
    search_cluster.wait_for(3, status="green")
    assert "0 failed for good" in site.run("jobs")


def test_a_site_outlives_the_loss_of_all_nodes_and_their_data(site: Site, search_cluster: LocalCluster) -> None:
    site.python("from tests.make import *;make_technology('Solar still earlier')")
    until(lambda: finds(site, "earlier"))
    search_cluster.lose()
    try:
        status, page = answer(site, "search/?q=still")
        assert (status, "The search does not answer" in page, "Traceback" in page) == (503, True, False)
        site.python("from tests.make import *;make_technology('Solar still meanwhile')")
        until(lambda: "index_listings waits: no answer from" in site.log())
        assert [answer(site, path)[0] for path in ("", "healthz", "listings/1/", "listings/2/")] == [200] * 4
    finally:
        search_cluster.start()
    until(lambda: finds(site, "meanwhile") and finds(site, "earlier"), within=120)
    assert "0 failed for good" in site.run("jobs")
