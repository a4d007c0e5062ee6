"""A whole site for tests: `verdure up` in a process of its own, on a data folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import Database, new_database

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 240.0  # seconds for the first start: the text model may have to be made


@dataclass
class Site:
    """`home`: the data folder. `url`: the address, ending in a slash."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    sample: bool = False
    words_only: bool = False
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        self.database = new_database(self.home)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "VERDURE_HOME": str(self.home),
            "MAIL_URL": f"filemail:///{self.home}/mail",
            "VERDURE_TEXT_MODEL": "none" if self.words_only else "minilm",
        }
        return {**os.environ, **self.database.environment, **own}

    def start(self) -> None:
        log = (self.home / "log.txt").open("ab")
        command = [sys.executable, "-m", "verdure", "up", "--port", str(self.port)]
        command += [] if self.sample else ["--no-sample"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        log.close()
        self.wait()

    def wait(self) -> None:
        """Until the site answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process and self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}healthz", timeout=5).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"the site did not start:\n{self.log()[-4000:]}")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def end(self) -> None:
        """Stops it for good."""
        self.stop()
        self.database.drop()

    def log(self) -> str:
        return (self.home / "log.txt").read_text(errors="replace")

    def run(self, *arguments: str) -> str:
        """A `verdure` command on the same data folder."""
        done = subprocess.run(
            [sys.executable, "-m", "verdure", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        """Python inside the site, with tests/make.py at hand."""
        head = "import os,django;os.environ['DJANGO_SETTINGS_MODULE']='verdure.settings';django.setup();"
        done = subprocess.run(
            [sys.executable, "-c", head + code],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
