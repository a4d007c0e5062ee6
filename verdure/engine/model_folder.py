"""Putting a model into its folder whole or not at all, whichever process is killed when."""

from __future__ import annotations

import fcntl
import glob
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .encoder import DESCRIPTION, ModelSpec

Progress = Callable[[str, int, int], None]
"""Called with the name of the step that begins, its number from 1, and the number of steps."""


def no_progress(step: str, number: int, steps: int) -> None:
    """For callers that nobody watches."""


@contextmanager
def only_one_maker(folder: Path) -> Iterator[None]:
    """Waits while another process makes this folder, then clears away what a killed one has left.

    The lock is the operating system's, so it ends with its process.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _mend(folder)
        yield


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """An empty folder to fill. When the block ends well it becomes `folder`; otherwise nothing has happened.

    To be used inside `only_one_maker`.
    """
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        yield fresh
        fresh.chmod(0o755)
        _flush(fresh)
        if folder.exists():
            folder.rename(_set_aside(folder))
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(_set_aside(folder), ignore_errors=True)


def write_description(spec: ModelSpec, *, folder: Path, **provenance: str) -> None:
    """`model.json`: how to use the model, which `ModelSpec.read` reads, and where it comes from."""
    (folder / DESCRIPTION).write_text(json.dumps({**spec.as_json(), **provenance}, indent=2) + "\n")


def description(folder: Path) -> dict[str, object]:
    """What `write_description` wrote; empty when there is none that can be read."""
    with suppress(OSError, ValueError):
        said = json.loads((folder / DESCRIPTION).read_bytes())
        return said if isinstance(said, dict) else {}
    return {}


def _set_aside(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.old"


def _mend(folder: Path) -> None:
    """Between the two renames of `replaced` a kill leaves only the old folder, under another name."""
    old = _set_aside(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    for leftover in (old, *folder.parent.glob(f".{glob.escape(folder.name)}.new-*")):
        shutil.rmtree(leftover, ignore_errors=True)


def _flush(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
