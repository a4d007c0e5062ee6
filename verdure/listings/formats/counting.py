"""How many items a file will give, cheaply, for a progress bar."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from .csv_rows import rows
from .detect import UnknownFormat, detect_input
from .inputs import Input, InputRefused, chunks, file_input, zip_inputs
from .items import Options
from .json_lines import is_json
from .reading import files_below

_MARKS = {
    "uspto": re.compile(rb"<us-patent-(?:grant|application)[\s>]|<patent-application-publication[\s>]|<PATDOC[\s>]"),
    "epo": re.compile(rb"<(?:[\w.-]+:)?exchange-document[\s>]"),
}
_LONGEST = 64  # bytes of a mark


def count(path: Path) -> int | None:
    """About how many items `read` gives for a file or folder; exact where the file is well-formed.

    None where finding out would take as long as reading (a workbook). Raises FileNotFoundError.
    """
    if not path.is_dir():
        return _count(file_input(path))
    counts = [_count(file_input(found)) for found in files_below(path)]
    return sum(number or 0 for number in counts)


def _count(source: Input) -> int | None:
    try:
        found = detect_input(source)
        if found == "zip":
            return sum(_count(member) or 0 for member in zip_inputs(source))
        if found == "xlsx":
            return None
        if found in _MARKS:
            return max(1, _marks(source, _MARKS[found]))
        if found == "csv" or (found == "cordis" and not is_json(source)):
            return max(1, sum(1 for _ in rows(source, Options())) - 1)
        return _lines(source)
    except (UnknownFormat, InputRefused, OSError, zipfile.BadZipFile, zlib.error):
        return 1


def _marks(source: Input, mark: re.Pattern[bytes]) -> int:
    number, held = 0, b""
    with source.open() as stream:
        for chunk in chunks(stream):
            data = held + chunk
            ends = [match.end() for match in mark.finditer(data)]
            number += len(ends)
            held = data[max(ends[-1] if ends else 0, len(data) - _LONGEST) :]
    return number


def _lines(source: Input) -> int:
    """Lines that are not blank; a line is counted once however long it is."""
    with source.open() as stream:
        return sum(_ends(chunks(stream)))


def _ends(blocks: Iterator[bytes]) -> Iterator[int]:
    open_line = False
    for block in blocks:
        first, *others = block.split(b"\n")
        yield int(bool(first.strip()) and not open_line)
        open_line = open_line or bool(first.strip())
        if others:
            yield sum(1 for line in others if line.strip())
            open_line = bool(others[-1].strip())
