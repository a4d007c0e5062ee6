"""The files of imports: what was uploaded, and what was rejected. All lie in the data folder."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from ..formats import Reject
from ..formats.hygiene import clean_line
from ..formats.protection import protect, unprotect
from ..formats.reading import files_below
from ..models import ImportRun

REJECT_COLUMNS = ("file", "line", "column", "reason", "raw")
NAME_LIMIT = 120
CHUNK = 1 << 16


def imports_folder() -> Path:
    folder = Path(settings.HOME) / "imports"
    folder.mkdir(exist_ok=True)
    return folder


def uploads_folder() -> Path:
    return Path(settings.FILE_UPLOAD_TEMP_DIR)


def content_of(run: ImportRun) -> Path:
    """The file or folder that the run reads."""
    return Path(settings.HOME) / run.path


def digest(path: Path) -> str:
    """SHA-256 of a file; of a folder's names and files."""
    if not path.is_dir():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    whole = hashlib.sha256()
    for file in files_below(path):
        whole.update(f"{file.relative_to(path).as_posix()}\0{digest(file)}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def keep_upload(file: UploadedFile[bytes]) -> tuple[str, str]:
    """Moves an upload to a folder of a random name; the file's path within the data folder, and its name."""
    name = safe_name(file.name or "")
    folder = uploads_folder() / secrets.token_urlsafe(16)
    folder.mkdir(mode=0o700)
    if isinstance(file, TemporaryUploadedFile):
        Path(file.temporary_file_path()).replace(folder / name)  # the same file system: not copied
    else:
        with (folder / name).open("wb") as stream:
            for chunk in file.chunks():
                stream.write(chunk)
    return str((folder / name).relative_to(settings.HOME)), name


def safe_name(name: str) -> str:
    """A name as people recognise it, which no path can hide in; its ending is kept, for the format shows in it."""
    cleaned = re.sub(r"[\\/:*?\"<>|\x00]", "-", clean_line(name)).strip(". -")
    stem, dot, ending = cleaned.rpartition(".")
    if not dot:
        return cleaned[:NAME_LIMIT] or "upload"
    return f"{stem[:NAME_LIMIT]}.{ending[:10]}"


def drop_upload(run: ImportRun) -> None:
    folder = content_of(run).parent
    if run.uploaded and folder.parent == uploads_folder():
        shutil.rmtree(folder, ignore_errors=True)


def rejects_path(run: ImportRun) -> Path:
    return imports_folder() / f"{run.pk}-rejects.csv"


def drop_rejects(run: ImportRun) -> None:
    rejects_path(run).unlink(missing_ok=True)


def write_rejects(run: ImportRun, rejects: Iterable[Reject]) -> int:
    """Adds the rejects behind what the run's checkpoint counts, and is on the disc when it returns the new size.

    What a killed process wrote beyond its checkpoint is cut off first.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    for reject in rejects:
        cells = (reject.file, reject.line or "", reject.column, reject.reason, reject.raw.rstrip("\r\n"))
        writer.writerow([protect(str(cell)) for cell in cells])
    if not text.getvalue():
        return run.rejects_size
    header = "" if run.rejects_size else "\ufeff" + ",".join(REJECT_COLUMNS) + "\r\n"
    with rejects_path(run).open("ab") as stream:
        stream.truncate(run.rejects_size)
        stream.write((header + text.getvalue()).encode("utf-8", "replace"))
        stream.flush()
        os.fsync(stream.fileno())
        return stream.tell()


def first_rejects(run: ImportRun, number: int) -> list[Reject]:
    """The beginning of the run's reject file."""
    if not run.rejects_size or not rejects_path(run).exists():
        return []
    with rejects_path(run).open(encoding="utf-8-sig", newline="") as stream:
        rows = itertools.islice(csv.reader(stream), 1, number + 1)
        return [_reject([unprotect(cell) for cell in row]) for row in rows]


def _reject(cells: list[str]) -> Reject:
    file, line, column, reason, raw = cells
    return Reject(file, int(line) if line else None, column, reason, raw)


def rejects_content(run: ImportRun) -> Iterator[bytes]:
    """The run's reject file as far as its checkpoint counts."""
    left = run.rejects_size
    with rejects_path(run).open("rb") as stream:
        while left and (chunk := stream.read(min(left, CHUNK))):
            left -= len(chunk)
            yield chunk
