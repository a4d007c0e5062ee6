"""Vectors of passages kept on disk, so that no text is encoded twice by the same model.

One SQLite file, in its write-ahead mode: readers go on while the one writer adds. The file is only ever a saving of
time: whatever happens to it (lost, damaged, locked, no room on the disk), the vectors are computed.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .encoder import Encoder, Vectors
from .reading import languages_of

logger = logging.getLogger(__name__)

T = TypeVar("T")
Vector = NDArray[np.float32]

SCHEMA = """
CREATE TABLE IF NOT EXISTS model (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS vector (
    model INTEGER NOT NULL REFERENCES model (id),
    text_sha256 BLOB NOT NULL,
    crc32 INTEGER NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, text_sha256)
);
"""
SELECT = """
SELECT text_sha256, crc32, vector FROM vector JOIN model ON model.id = vector.model
WHERE identity = ? AND text_sha256 IN ({marks})
"""
STORED = np.dtype("<f4")
READ_AT_ONCE = 500
ENCODED_AT_ONCE = 64
QUERIES_KEPT = 1024
WAIT_SECONDS = 10.0

# SQLITE_ERROR is what a sound file with other tables gives.
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


class CachedEncoder:
    """An `Encoder` that remembers: passages in the file at `path`, the last queries in memory.

    Any number of these, in any number of threads and processes, may share one file, and so may several models.
    """

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder = encoder
        self._file = VectorFile(path, identity=encoder.identity, dimension=encoder.dimension)
        self._queries: OrderedDict[str, Vector] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def identity(self) -> str:
        return self._encoder.identity

    @property
    def languages(self) -> tuple[str, ...]:
        return languages_of(self._encoder)

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            known = {text: self._queries[text] for text in texts if text in self._queries}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, self._encoder.encode_queries(missing), strict=True))
        self._remember(known)
        return self._rows(known, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """What is computed is stored every few texts, so an interrupted run keeps nearly all it has done."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        known = self._file.read(set(keys))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        for some in _portions(list(missing), ENCODED_AT_ONCE):
            fresh = dict(zip(some, self._encoder.encode_passages([missing[key] for key in some]), strict=True))
            self._file.write(fresh)
            known.update(fresh)
        return self._rows(known, keys)

    def _remember(self, vectors: Mapping[str, Vector]) -> None:
        with self._lock:
            for text, vector in vectors.items():
                self._queries[text] = vector
                self._queries.move_to_end(text)
            while len(self._queries) > QUERIES_KEPT:
                self._queries.popitem(last=False)

    def _rows(self, vectors: Mapping[T, Vector], keys: Sequence[T]) -> Vectors:
        rows = np.empty((len(keys), self.dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            rows[row] = vectors[key]
        return rows


class VectorFile:
    """Vectors of one model by the SHA-256 of their text. Never raises for what is wrong with the file."""

    def __init__(self, path: Path, *, identity: str, dimension: int) -> None:
        self.path = path
        self.identity = identity
        self.dimension = dimension

    def read(self, keys: Iterable[bytes]) -> dict[bytes, Vector]:
        """Those of the vectors that are there and sound."""
        wanted = sorted(keys)
        return self._attempt(lambda connection: self._read(connection, wanted), otherwise={}) if wanted else {}

    def write(self, vectors: Mapping[bytes, Vector]) -> None:
        """All of them or none, durable against a killed process when it returns."""
        self._attempt(lambda connection: self._write(connection, vectors), otherwise=None)

    def _read(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        found: dict[bytes, Vector] = {}
        for some in _portions(keys, READ_AT_ONCE):
            query = SELECT.format(marks=", ".join("?" * len(some)))
            for key, checksum, stored in connection.execute(query, (self.identity, *some)):
                if self._is_sound(key, checksum, stored):
                    found[key] = np.frombuffer(stored, dtype=STORED).astype(np.float32)
        return found

    def _is_sound(self, key: object, checksum: object, stored: object) -> bool:
        """SQLite itself keeps no checksums, so a page that went bad inside a vector would pass."""
        return (
            isinstance(key, bytes)
            and isinstance(stored, bytes)
            and len(stored) == self.dimension * STORED.itemsize
            and zlib.crc32(key + stored) == checksum
        )

    def _write(self, connection: sqlite3.Connection, vectors: Mapping[bytes, Vector]) -> None:
        with connection:
            connection.execute("INSERT OR IGNORE INTO model (identity) VALUES (?)", (self.identity,))
            query = "SELECT id FROM model WHERE identity = ?"
            (model,) = connection.execute(query, (self.identity,)).fetchone()
            stored = ((key, np.ascontiguousarray(vector, dtype=STORED).tobytes()) for key, vector in vectors.items())
            connection.executemany(
                "INSERT OR REPLACE INTO vector (model, text_sha256, crc32, vector) VALUES (?, ?, ?, ?)",
                ((model, key, zlib.crc32(key + blob), blob) for key, blob in stored),
            )

    def _attempt(self, action: Callable[[sqlite3.Connection], T], *, otherwise: T) -> T:
        """A second time with a new file if the first shows the file to be damaged; else does without it.

        A connection each time: nothing to share between threads, nothing inherited by a forked process.
        """
        for _ in range(2):
            seen = self._inode()
            try:
                with closing(self._open()) as connection:
                    return action(connection)
            except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
                logger.warning("The file of vectors %s is no help: %s", self.path, error)
                if not _tells_damage(error):
                    return otherwise
                self._set_aside(seen)
        return otherwise

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(SCHEMA)
        except BaseException:
            connection.close()
            raise
        return connection

    def _inode(self) -> int:
        with suppress(OSError):
            return self.path.stat().st_ino
        return 0

    def _set_aside(self, seen: int) -> None:
        """Renames the file that was `seen`, unless another process has put a new one in its place meanwhile."""
        if self._inode() != seen:
            return
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                part = self.path.with_name(self.path.name + ending)
                part.replace(self.path.with_name(f"{self.path.name}.damaged{ending}"))


def _tells_damage(error: Exception) -> bool:
    """SQLite quotes damaged bytes in its messages, which Python may fail to read as text."""
    if isinstance(error, UnicodeDecodeError):
        return True
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def _portions(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
