"""`kill -9` of web server, worker, index worker or the whole tree at random points: nothing acknowledged is lost."""

from __future__ import annotations

import http.cookiejar
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.core.conftest import until
from tests.site import Site

ROUNDS = 8
PASSWORD = "correct horse battery staple"
PUBLISH_FOR_EVER = """
from tests.make import *
organisation = make_organisation(name="Publishers")
moderator = make_moderator()
for number in range(100_000):
    record = technology_record(f"Acknowledged still number{number}x")
    make_published(record, organisation=organisation, moderator=moderator)
    print(f"number{number}x", flush=True)
"""


class Visitor:
    """A browser without a screen: cookies, forms and their tokens."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        with self.opener.open(f"{self.site.url}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **values: str) -> str:
        """Returns the address of the page that the answer leads to: getting there means that it was acknowledged."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))
        assert token is not None
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **values}).encode()
        request = urllib.request.Request(f"{self.site.url}{path}", data, {"Referer": self.site.url})
        with self.opener.open(request, timeout=10) as answer:
            return str(answer.geturl())


def processes(site: Site, *words: str) -> list[int]:
    """Ids of this site's processes whose command holds all the words."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            home = f"VERDURE_HOME={site.home}".encode() in (folder / "environ").read_bytes().split(b"\0")
            if home and all(word in command for word in words):
                found.append(int(folder.name))
    return found


def kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def publishing(site: Site, turn: int, said: Path) -> subprocess.Popen[bytes]:
    """A process that publishes listings one after the other, and says a word of each that is stored."""
    code = PUBLISH_FOR_EVER.replace("number{number}x", f"round{turn}n{{number}}x")
    with said.open("wb") as out:
        publisher = subprocess.Popen(
            [sys.executable, "-c", f"import django; django.setup();{code}"],
            env={**site.environment, "DJANGO_SETTINGS_MODULE": "verdure.settings"},
            cwd=Path(__file__).parents[2],
            stdout=out,
        )
    until(lambda: len(said.read_text().splitlines()) > 1)
    return publisher


def test_nothing_acknowledged_is_lost(site: Site) -> None:
    chance = random.Random(20261122)
    person = f"p=make_user('web@kill.example');p.set_password('{PASSWORD}');p.save()"
    site.python(f"from tests.make import *;{person};make_organisation(owner=p,name='Web Works')")
    visitor = Visitor(site)
    visitor.post("accounts/login/", login="web@kill.example", password=PASSWORD)
    organisation = re.search(r'<option value="(\d+)"[^>]*>Web Works', visitor.get("listings/new/technology/"))
    assert organisation is not None

    acknowledged: list[str] = []
    drafts: list[str] = []
    for turn in range(ROUNDS):
        said = site.home / f"published-{turn}.txt"
        publisher = publishing(site, turn, said)
        time.sleep(chance.uniform(0, 2))
        for number in range(3):
            with suppress(OSError):
                values = {
                    "organisation": organisation[1],
                    "language": "en",
                    "title": f"Draft {turn} {number}",
                    "summary": "",
                }
                if "/edit/" in visitor.post("listings/new/technology/", **values):
                    drafts.append(f"Draft {turn} {number}")
        victim = [("web",), ("work", "default"), ("work", "index"), ("up",)][turn % 4]
        kill(processes(site, *victim))
        time.sleep(chance.uniform(0, 1))
        publisher.kill()
        publisher.wait()
        acknowledged += said.read_text().split()
        if victim == ("up",):
            assert site.process is not None
            site.process.wait()
            site.start()
        site.wait()
    assert len(acknowledged) > ROUNDS
    assert len(drafts) > ROUNDS

    out = site.python(
        "from verdure.listings.models import *;"
        "print(*ListingText.objects.filter(title__startswith='Draft').values_list('title',flat=True),sep='\\n')"
    )
    assert set(drafts) <= set(out.splitlines())
    missing = set(acknowledged)
    end = time.monotonic() + 120
    while missing and time.monotonic() < end:
        missing = {word for word in missing if f"<mark>{word}</mark>" not in visitor.get(f"search/?q={word}")}
        time.sleep(0.5)
    assert missing == set()
    assert set(re.findall(r"(\d+) failed for good", site.run("jobs"))) <= {"0"}


def test_site_ends_without_orphans(site: Site) -> None:
    assert processes(site, "work", "index")
    site.stop()
    time.sleep(0.5)
    assert processes(site) == []
