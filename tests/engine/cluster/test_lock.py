"""One writer over all machines, also when the last one ended without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from verdure.engine.cluster import lock as locking
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.connection import Connection
from verdure.engine.cluster.lock import ClusterLock
from verdure.engine.cluster.writer import ClusterWriter
from verdure.engine.documents import IndexBusy

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.writer import ClusterWriter
with ClusterWriter(ClusterAddress.parse(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def url_of(address: ClusterAddress) -> str:
    return f"opensearch://{','.join(f'{host}:{port}' for host, port in address.hosts)}/{address.prefix}"


def test_a_writer_that_was_killed_is_followed_at_once(address: ClusterAddress) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, url_of(address)], cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(IndexBusy):
            ClusterWriter(address)
        holder.kill()
    ClusterWriter(address).close()


def test_a_holder_on_another_machine_loses_the_lock_by_its_silence(
    address: ClusterAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "SILENT_FOR", 1.0)
    monkeypatch.setattr(locking, "BEAT_EVERY", 60.0)
    monkeypatch.setattr(
        locking, "_machine", iter(("far away", "here", "here", "here", "here") + ("here",) * 99).__next__
    )
    connection = Connection(address)
    silent = ClusterLock(connection, wait=0)
    with pytest.raises(IndexBusy):
        ClusterLock(connection, wait=0)
    follower = ClusterLock(connection, wait=10)
    with pytest.raises(IndexBusy, match="no sign of life"):
        silent.check()
    silent.release()
    with pytest.raises(IndexBusy):
        ClusterLock(connection, wait=0)
    follower.release()
    connection.close()


def test_a_lock_that_could_not_be_given_back_hinders_nobody(
    address: ClusterAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster was away when its writer ended."""
    connection = Connection(address)
    holder = ClusterLock(connection, wait=0)
    monkeypatch.setattr(holder, "_brief", Connection(ClusterAddress.parse(f"opensearch://127.0.0.1:{free_port()}")))
    holder.release()
    ClusterLock(connection, wait=0).release()
    connection.close()


def test_a_holder_that_beats_keeps_the_lock(address: ClusterAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "SILENT_FOR", 1.5)
    monkeypatch.setattr(locking, "BEAT_EVERY", 0.2)
    connection = Connection(address)
    holder = ClusterLock(connection, wait=0)
    with pytest.raises(IndexBusy):
        ClusterLock(connection, wait=3)
    holder.check()
    holder.release()
    ClusterLock(connection, wait=0).release()
    connection.close()
