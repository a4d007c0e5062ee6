"""Bytes to read, from a file or from a member of a zip archive, bounded whatever the archive claims."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

CHUNK = 1 << 16
MEMBERS = 10_000
MEMBER_BYTES = 4 << 30  # a weekly file of patent grants is about 1 GB
RATIO = 250  # XML and text pack 10 to 40 times; 1,000 is what a bomb of one repeated byte reaches
SMALL = 10 << 20


class InputRefused(ValueError):
    """The bytes cannot be read, or not safely. Its text is for the person who imports."""


@dataclass(frozen=True, slots=True)
class Input:
    name: str  # as reported to the person
    open: Callable[[], BinaryIO]
    size: int
    path: Path | None = None  # None for a member of an archive

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix.casefold()

    def head(self, size: int = 1 << 18) -> bytes:
        with self.open() as stream:
            return stream.read(size)

    def beside(self, name: str) -> Input | None:
        """The file of that name in the same folder."""
        found = self.path.with_name(name) if self.path else None
        return file_input(found, name) if found and found.is_file() else None


def file_input(path: Path, name: str = "") -> Input:
    return Input(name or path.name, lambda: path.open("rb"), path.stat().st_size, path)


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


@contextmanager
def archive(stream: BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        opened = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputRefused(f"is damaged: {error}. Pack or save it again.") from error
    with opened:
        yield opened


def bounded_members(
    opened: zipfile.ZipFile, *, member_bytes: int = MEMBER_BYTES, total: int | None = None
) -> list[zipfile.ZipInfo]:
    """The archive's files in order of name. Raises InputRefused where unpacking could exhaust the machine.

    A member never unpacks to more than its declared size (zipfile stops there and finds the checksum wrong), so
    bounding the declared sizes bounds the actual ones.
    """
    infos = [info for info in opened.infolist() if not info.is_dir()]
    if len(infos) > MEMBERS:
        raise InputRefused(f"holds {len(infos):,} files; at most {MEMBERS:,} are read. Split it.")
    for info in infos:
        _bounded(info, member_bytes)
    if total is not None and sum(info.file_size for info in infos) > total:
        raise InputRefused(f"would unpack to more than {total >> 20} MB. Split it, or use CSV or JSONL.")
    return sorted(infos, key=lambda info: info.filename)


def _bounded(info: zipfile.ZipInfo, limit: int) -> None:
    if info.flag_bits & 1:
        raise InputRefused(f"{info.filename} in it is encrypted. Unpack it first.")
    if info.file_size > limit:
        raise InputRefused(
            f"{info.filename} in it would unpack to {info.file_size >> 20:,} MB, more than {limit >> 20:,} MB."
        )
    if info.file_size > SMALL and info.file_size > RATIO * max(info.compress_size, 1):
        raise InputRefused(
            f"{info.filename} in it would unpack to more than {RATIO} times its size, as no honest file does."
        )


def zip_inputs(parent: Input) -> Iterator[Input]:
    """The files in a zip archive as inputs named "archive.zip/member", each to be read before the next is asked for."""
    with parent.open() as stream, archive(stream) as opened:
        for info in bounded_members(opened):
            yield Input(
                f"{parent.name}/{info.filename}",
                lambda info=info: cast(BinaryIO, opened.open(info)),  # type: ignore[misc]
                info.file_size,
            )
