"""A real PostgreSQL server for one test run: in a temporary folder, on a free port of this machine's own address.

It is started from the binaries that Debian's `postgresql` brings, and ends with the process that started it, however
that one ends. The server refuses to be root, so where the tests are, it runs as another user.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.ports import free_port
from verdure.core.processes import tie_to_parent

USER = "verdure"
PATIENCE = 60.0  # seconds until it answers
# Nothing here outlives the run, so nothing need survive a power cut.
HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Unavailable(RuntimeError):
    """There is no PostgreSQL on this machine."""


def start() -> Server:
    """Makes a cluster and starts it. Raises Unavailable."""
    binaries = _binaries()
    server = Server(Path(tempfile.mkdtemp(prefix="verdure-postgres-")), binaries, free_port(), secrets.token_hex(16))
    try:
        server.launch()
    except BaseException:
        server.stop()
        raise
    return server


def _binaries() -> Path:
    """The folder of the newest version that is installed; Debian keeps them off the PATH."""
    by_version = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = [*([Path(on_path)] if on_path else []), *by_version]
    if not found:
        raise Unavailable("there is no PostgreSQL on this machine: apt-get install postgresql")
    return found[-1].resolve().parent


@dataclass
class Server:
    folder: Path
    binaries: Path
    port: int
    password: str
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database), autocommit=True)

    def launch(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        self._give_away(self.folder, secret)
        options = ("--auth=scram-sha-256", f"--pwfile={secret}", f"--username={USER}")
        where = ("--pgdata", str(self._data), "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", *where, *options)
        self.resume()

    def resume(self) -> None:
        """Starts the cluster that is there: the first time, or again after `halt`."""
        settings = (*HASTE, "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}")
        options = [part for setting in settings for part in ("-c", setting)]
        command = [str(self.binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        tie = partial(tie_to_parent, os.getpid())
        with (self.folder / "log.txt").open("ab") as log:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdout=log, stderr=log, preexec_fn=tie, **self._as_other
            )
        self.process = process
        self._wait()

    def halt(self) -> None:
        """At once, as in a crash: connections break, what was not committed is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(PATIENCE)

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, name: str, *, like: str = "template0") -> None:
        """A new database: empty, or a copy of one that nobody is connected to."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.connect() as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(like)))

    def drop(self, name: str) -> None:
        """Whoever is still connected is thrown out."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @cached_property
    def _as_other(self) -> dict[str, Any]:
        """For whom a process of the server runs: us, unless we are root."""
        if os.geteuid() != 0:
            return {}
        names = {entry.pw_name for entry in pwd.getpwall()}
        other = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": [], "cwd": self.folder}

    def _give_away(self, *paths: Path) -> None:
        for path in paths if self._as_other else ():
            os.chown(path, self._as_other["user"], self._as_other["group"])

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_other)
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process is not None and self.process.poll() is None:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log.txt').read_text()}")
