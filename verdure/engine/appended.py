"""Arrays that grow at the end, in the files of one folder, with one commit record for all of them.

A commit appends to the files and then replaces `manifest.json`, which says how much of each file counts. What lies
beyond it was never committed: readers do not look there and the next writer cuts it off, so a kill at any moment leaves
the last commit. `rewrite` starts files of a new base name. One process writes at a time; see `layout.WriteLock`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from verdure.engine.documents import IndexDamaged, IndexMissing

MANIFEST = "manifest.json"

Columns = Mapping[str, np.dtype[Any]]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Head:
    """What is committed: how many items of each column. `settings` is whatever the items were made with."""

    settings: str
    base: int = 1
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Head:
        """Raises IndexMissing where nothing was ever committed, IndexDamaged when the record cannot be read."""
        try:
            return cls(**json.loads((folder / MANIFEST).read_text("utf-8")))
        except FileNotFoundError as error:
            raise IndexMissing(str(folder)) from error
        except (ValueError, TypeError) as error:
            raise IndexDamaged(f"{folder / MANIFEST}: {error}") from error

    def write(self, folder: Path) -> None:
        draft = folder / f"{MANIFEST}.new"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / MANIFEST)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)  # the rename itself
        finally:
            os.close(handle)

    def path(self, folder: Path, name: str) -> Path:
        return folder / f"{name}-{self.base:06d}.bin"


def read(folder: Path, columns: Columns) -> tuple[Head, Arrays]:
    """The last commit, its arrays mapped from the files; what is committed later does not change them."""
    for _ in range(5):
        head = Head.read(folder)
        try:
            return head, {name: _mapped(head, folder, name, kind) for name, kind in columns.items()}
        except FileNotFoundError:
            continue  # rewritten between the two reads
    raise IndexDamaged(f"{folder}: files of the last commit are missing")


def _mapped(head: Head, folder: Path, name: str, kind: np.dtype[Any]) -> NDArray[Any]:
    path, count = head.path(folder, name), head.counts.get(name, 0)
    if path.stat().st_size < count * kind.itemsize:
        raise IndexDamaged(f"{path}: shorter than its commit record says")
    return np.memmap(path, dtype=kind, mode="r", shape=(count,)) if count else np.zeros(0, dtype=kind)


class Appender:
    """The one writer of a folder; makes it where there is none. What is appended counts and is safe after `commit`."""

    def __init__(self, folder: Path, columns: Columns, *, settings: str) -> None:
        self._folder = folder
        self._columns = columns
        self._files: dict[str, BinaryIO] = {}
        folder.mkdir(parents=True, exist_ok=True)
        try:
            head = Head.read(folder)
        except IndexMissing:
            head = self._start(Head(settings))
        self._committed: Head = head
        self._next: Head = head
        self._open(head)

    @property
    def settings(self) -> str:
        """What the items were made with, which may be other settings than those asked for."""
        return self._committed.settings

    def count(self, name: str) -> int:
        """Items of a column, those not yet committed included."""
        return self._next.counts[name]

    def append(self, name: str, items: NDArray[Any]) -> None:
        self._files[name].write(np.ascontiguousarray(items, dtype=self._columns[name]).tobytes())
        self._next = replace(self._next, counts={**self._next.counts, name: self.count(name) + len(items)})

    def commit(self) -> None:
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        self._next.write(self._folder)
        self._committed = self._next

    def rollback(self) -> None:
        """Forget what was not committed."""
        self.close()
        self._open(self._committed)

    def rewrite(self, arrays: Arrays, *, settings: str) -> None:
        """Put these in place of everything, in one step; readers keep the old files until they let go."""
        before = self._committed
        self.close()
        self._open(self._start(Head(settings, base=before.base + 1)))
        for name, items in arrays.items():
            self.append(name, items)
        self.commit()
        for name in self._columns:
            before.path(self._folder, name).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files; what was not committed is cut off by the next writer."""
        for file in self._files.values():
            file.close()

    def _start(self, head: Head) -> Head:
        """Empty files. They count only once a commit names their base; leftovers of a killed attempt go."""
        begun = replace(head, counts=dict.fromkeys(self._columns, 0))
        for name in self._columns:
            path = begun.path(self._folder, name)
            path.unlink(missing_ok=True)  # not emptied in place: a reader may have the old file mapped
            path.write_bytes(b"")
        if begun.base == 1:
            begun.write(self._folder)
        return begun

    def _open(self, head: Head) -> None:
        self._committed = self._next = head
        try:
            for name, kind in self._columns.items():
                self._open_at(head.path(self._folder, name), name, head.counts[name] * kind.itemsize)
        except FileNotFoundError as error:
            self.close()
            raise IndexDamaged(f"{self._folder}: files of the last commit are missing") from error
        except IndexDamaged:
            self.close()
            raise

    def _open_at(self, path: Path, name: str, size: int) -> None:
        self._files[name] = path.open("r+b")
        if self._files[name].seek(0, os.SEEK_END) < size:
            raise IndexDamaged(f"{path}: shorter than its commit record says")
        self._files[name].truncate(size)
        self._files[name].seek(size)
