"""Where an index lies: one folder, in it generations of which `current` names the one that counts.

current           the name of the generation, replaced atomically
write.lock        held by the one writer
g000001/words     Tantivy (see `lexical`)
g000001/rows      vectors and facts (see `rows`)
g000001/journal   ids of a batch between its first commit and its last (see `writer`)
building/         a rebuild under way, the same inside
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import IO

from verdure.engine.documents import IndexBusy, IndexMissing
from verdure.engine.rows import sync_folder

CURRENT = "current"
BUILDING = "building"


def current_generation(folder: Path) -> Path:
    """The folder of the generation that counts."""
    try:
        name = (folder / CURRENT).read_text("ascii").strip()
    except FileNotFoundError as error:
        raise IndexMissing(f"there is no index in {folder}") from error
    return folder / name


def promote(folder: Path, building: Path) -> Path:
    """Make a finished build the current generation and remove all others."""
    generation = folder / f"g{_newest(folder) + 1:06d}"
    building.rename(generation)
    sync_folder(folder)
    draft = folder / f"{CURRENT}.new"
    with draft.open("w", encoding="ascii") as file:
        file.write(generation.name)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / CURRENT)
    sync_folder(folder)
    sweep(folder)
    return generation


def sweep(folder: Path) -> None:
    """Remove generations that do not count; readers that have their files open keep them."""
    kept = current_generation(folder)
    for generation in folder.glob("g[0-9]*"):
        if generation != kept:
            shutil.rmtree(generation, ignore_errors=True)


def _newest(folder: Path) -> int:
    return max((int(generation.name[1:]) for generation in folder.glob("g[0-9]*")), default=0)


class WriteLock:
    """Held by one writer at a time; the system lets go of it when its process ends, however it ends."""

    def __init__(self, folder: Path, *, wait: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = (folder / "write.lock").open("ab")
        until = time.monotonic() + wait
        while not self._taken():
            if time.monotonic() >= until:
                self._file.close()
                raise IndexBusy(f"another process is writing {folder}")
            time.sleep(0.05)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        self._file.close()
