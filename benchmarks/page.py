"""Pages over HTTP from the real server: `python -m benchmarks.page FOLDER`.

FOLDER is one that `benchmarks.build` made. Its documents become rows of an SQLite database in `FOLDER/site`, once; then
the web server is started on a free port of this machine and asked for pages, one after the other on one connection, and
once by several clients at a time. Times are from the request to the last byte.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.build import Built
from benchmarks.contenders import US, prepared_model
from benchmarks.measuring import HEADS, Timing, figures, machine, save, table, timed, timing
from benchmarks.questions import WARM, Question, questions

CLIENTS = 4
MOST_CHARACTERS = 2000
START = 120.0


def prepare(folder: Path, built: Built) -> Path:
    """The data folder of the site: tables, rows, text model, static files."""
    home = folder / "site"
    home.mkdir(exist_ok=True)
    os.environ.update(VERDURE_HOME=str(home), DJANGO_SETTINGS_MODULE="benchmarks.site_settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    prepared_model(home / "model" / "minilm")
    _fill(built)
    return home


def _fill(built: Built) -> None:
    from benchmarks.site_rows import fill
    from verdure.listings.models import Listing

    there = Listing.objects.count()
    if there < built.made.count:
        fill(built.collection.documents(built.made.count, first=there + 1))


@contextlib.contextmanager
def served(home: Path) -> Iterator[int]:
    """The port of a running server."""
    port = _free_port()
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "verdure", "web", "--port", str(port)]
    with (home / "web.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(server, port)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            Client(port)("/healthz")
            return
        time.sleep(0.2)
    raise SystemExit("the server did not start: see web.log in the site's folder")


class Client:
    """One kept connection. A page that is not 200 ends the run: its time would mean nothing."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.largest = 0

    def __call__(self, path: str) -> None:
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = self._connection.getresponse()
        body = answer.read()
        self.largest = max(self.largest, len(body))
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")


def path_of(question: Question) -> str:
    return "/search/?" + urlencode([("q", question.text[:MOST_CHARACTERS]), *question.filters])


def measured(port: int, pages: dict[str, list[str]], clients: int) -> list[Timing]:
    client = Client(port)
    rows = []
    for what, paths in pages.items():
        for path in paths[:WARM]:
            client(path)
        rows.append(timed(f"{US}: page over HTTP", what, paths[WARM:], client, in_process=False))
    print(f"largest page: {client.largest / 1000:.0f} kB as sent (gzip)")
    again = _together(port, pages["search, 1 filter"][WARM:], clients)
    rows.append(timing(f"{US}: {clients} clients at a time", "search, 1 filter again", again))
    return rows


def _together(port: int, paths: Sequence[str], clients: int) -> list[float]:
    def one(mine: Sequence[str]) -> list[float]:
        client, taken = Client(port), []
        for path in mine:
            start = time.perf_counter()
            client(path)
            taken.append((time.perf_counter() - start) * 1000)
        return taken

    with ThreadPoolExecutor(clients) as pool:
        return [taken for some in pool.map(one, [paths[n::clients] for n in range(clients)]) for taken in some]


def pages_of(built: Built, count: int) -> dict[str, list[str]]:
    asked = questions(built, short=count, needs=count // 4)
    return {
        "search": [path_of(question) for question in asked["short"]],
        "search, 1 filter": [path_of(question) for question in asked["short, 1 filter"]],
        "search, 2 filters": [path_of(question) for question in asked["short, 2 filters"]],
        "a need as search": [path_of(question) for question in asked["need"]],
        "search without words": ["/search/", *(f"/search/?page={page}" for page in range(2, 40))],
        "listing": [f"/listings/{question.similar_to}/" for question in asked["similar"]],
        "home": ["/"] * (WARM + 20),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200, help="pages of each sort")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    given = parser.parse_args()
    folder = given.folder.resolve()
    built = Built(folder)
    home = prepare(folder, built)
    pages = pages_of(built, given.count)
    about = machine()
    print(f"{built.made.count:,} listings in {folder}; {about}")
    with served(home) as port:
        rows = measured(port, pages, given.clients)
    print(table(HEADS, map(figures, rows)))
    if given.json:
        save(given.json, rows, {**about, "folder": str(folder)})


if __name__ == "__main__":
    main()
