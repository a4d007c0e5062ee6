"""One writer at a time over all machines: an entry in the cluster that its holder renews.

A holder that no longer renews has ended or is cut off. One that waits counts its silence by its own clock, so machines
need not agree on the time; a holder on the same machine is seen to be gone at once.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from pathlib import Path

from verdure.engine.cluster.connection import Conflict, Connection, Gone, Json
from verdure.engine.cluster.layout import make_index
from verdure.engine.documents import EngineError, IndexBusy

BEAT_EVERY = 3.0
SILENT_FOR = 15.0
"""Seconds without a beat after which a holder has lost its lock, in its own eyes and in those of the others."""

LOOK_EVERY = 0.25

_held: set[str] = set()
"""Holders in this process. One that is not among them could not tell the cluster that it has let go."""


class ClusterLock:
    """Held from the start until `release`, or until `check` says that it was lost."""

    def __init__(self, connection: Connection, *, wait: float) -> None:
        self._connection = connection
        self._brief = Connection(connection.address)
        self._path = f"/{connection.address.prefix}-lock"
        self._holder: Json = {"holder": uuid.uuid4().hex, "machine": _machine(), "process": os.getpid(), "beat": 0}
        self._version: Json = {}
        self._stopped = threading.Event()
        _held.add(self._holder["holder"])
        try:
            self._take(wait)
        except BaseException:
            _held.discard(self._holder["holder"])
            raise
        self._beaten = time.monotonic()
        self._heart = threading.Thread(target=self._beat, name="cluster-lock", daemon=True)
        self._heart.start()

    def check(self) -> None:
        """Raises IndexBusy when somebody else may be writing now."""
        if time.monotonic() - self._beaten > SILENT_FOR:
            raise IndexBusy(f"the lock of {self._connection.address} was lost: its holder gave no sign of life in time")

    def release(self) -> None:
        self._stopped.set()
        self._heart.join()
        _held.discard(self._holder["holder"])
        try:
            self._brief.delete(f"{self._path}/_doc/1", **self._version)
        except EngineError:
            return  # lost, or out of reach: then it runs out
        finally:
            self._brief.close()

    def _take(self, wait: float) -> None:
        until = time.monotonic() + wait
        seen: tuple[Json, float] = ({}, 0.0)
        while True:
            there, version = self._there(self._connection)
            if there.get("holder") == self._holder["holder"]:
                self._version = version  # written by a try whose answer was lost
                return
            if there != seen[0]:
                seen = (there, time.monotonic())
            if not there or _has_ended(there) or time.monotonic() - seen[1] > SILENT_FOR:
                try:
                    self._write(self._connection, version or {"op_type": "create"})
                    return
                except Conflict:
                    continue
            if time.monotonic() >= until:
                raise IndexBusy(f"another process is writing {self._connection.address}")
            time.sleep(LOOK_EVERY)

    def _there(self, connection: Connection) -> tuple[Json, Json]:
        """Who holds it, and what a write must name to come right after theirs; both empty if nobody does."""
        try:
            found = connection.get(f"{self._path}/_doc/1")
        except Gone:
            self._make_index()
            return {}, {}
        version = {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
        return found["_source"], version

    def _make_index(self) -> None:
        settings = {"number_of_shards": 1, "auto_expand_replicas": "0-2"}
        try:
            self._connection.get(f"{self._path}/_mapping")
        except Gone:
            body = {"settings": {"index": settings}, "mappings": {"dynamic": False}}
            make_index(self._connection, self._path.strip("/"), body)

    def _write(self, connection: Connection, version: Json) -> None:
        self._holder["beat"] += 1
        written = connection.put(f"{self._path}/_doc/1", self._holder, **version)
        self._version = {"if_seq_no": written["_seq_no"], "if_primary_term": written["_primary_term"]}

    def _beat(self) -> None:
        while not self._stopped.wait(BEAT_EVERY):
            try:
                self._write(self._brief, self._version)
                self._beaten = time.monotonic()
            except Conflict:
                if not self._is_mine():
                    self._beaten = float("-inf")
                    return
            except EngineError:
                continue  # the cluster is in trouble; `check` tells when that has lasted too long

    def _is_mine(self) -> bool:
        """After a beat that came through though its answer did not."""
        try:
            there, version = self._there(self._brief)
        except EngineError:
            return True
        if there.get("holder") != self._holder["holder"]:
            return False
        self._version = version
        return True


def _machine() -> str:
    """Where numbers of processes mean the same: this machine since its start, this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        numbers = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return f"{socket.gethostname()} {uuid.uuid4().hex}"
    return f"{socket.gethostname()} {boot} {numbers}"


def _has_ended(holder: Json) -> bool:
    """Whether it is surely gone: it ran on this machine, and its process has ended or has let go."""
    if holder.get("machine") != _machine():
        return False
    if holder.get("process") == os.getpid():
        return holder.get("holder") not in _held
    try:
        os.kill(int(holder["process"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
