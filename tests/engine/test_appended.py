from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from verdure.engine import appended
from verdure.engine.appended import MANIFEST, Appender
from verdure.engine.documents import IndexDamaged, IndexMissing

COLUMNS: appended.Columns = {"numbers": np.dtype("<i8"), "letters": np.dtype("S1")}


def writer(folder: Path, settings: str = "one") -> Appender:
    return Appender(folder, COLUMNS, settings=settings)


def numbers(folder: Path) -> list[int]:
    found: list[int] = appended.read(folder, COLUMNS)[1]["numbers"].tolist()
    return found


def put(files: Appender, *items: int) -> None:
    files.append("numbers", np.array(items))
    files.append("letters", np.array([b"x"] * len(items)))


def test_what_is_committed_is_read_and_nothing_else(tmp_path: Path) -> None:
    files = writer(tmp_path)
    assert numbers(tmp_path) == []
    put(files, 1, 2)
    assert numbers(tmp_path) == []
    files.commit()
    put(files, 3)
    assert numbers(tmp_path) == [1, 2]
    files.close()
    again = writer(tmp_path)
    assert (again.count("numbers"), again.count("letters"), numbers(tmp_path)) == (2, 2, [1, 2])
    put(again, 4)
    again.commit()
    again.close()
    assert numbers(tmp_path) == [1, 2, 4]


def test_rollback_forgets(tmp_path: Path) -> None:
    files = writer(tmp_path)
    put(files, 1)
    files.commit()
    put(files, 2)
    files.rollback()
    put(files, 3)
    files.commit()
    files.close()
    assert numbers(tmp_path) == [1, 3]


def test_a_rewrite_replaces_everything_in_one_step(tmp_path: Path) -> None:
    files = writer(tmp_path)
    put(files, 1, 2, 3)
    files.commit()
    before = appended.read(tmp_path, COLUMNS)[1]["numbers"]
    files.rewrite({"numbers": np.array([9]), "letters": np.array([b"y"])}, settings="two")
    assert (before.tolist(), numbers(tmp_path)) == ([1, 2, 3], [9])
    put(files, 10)
    files.commit()
    files.close()
    head, arrays = appended.read(tmp_path, COLUMNS)
    assert (head.settings, arrays["letters"].tolist()) == ("two", [b"y", b"x"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letters-000002.bin", MANIFEST, "numbers-000002.bin"]


def test_a_folder_without_a_record_is_missing_and_one_without_files_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        appended.read(tmp_path, COLUMNS)
    files = writer(tmp_path)
    put(files, 1)
    files.commit()
    files.close()
    os.truncate(tmp_path / "numbers-000001.bin", 3)
    for attempt in (lambda: appended.read(tmp_path, COLUMNS), lambda: writer(tmp_path)):
        with pytest.raises(IndexDamaged, match="shorter than its commit record"):
            attempt()
    (tmp_path / "numbers-000001.bin").unlink()
    with pytest.raises(IndexDamaged, match="missing"):
        appended.read(tmp_path, COLUMNS)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(IndexDamaged):
        appended.read(tmp_path, COLUMNS)


COUNT_FOR_EVER = """
import sys
from pathlib import Path
import numpy as np
from tests.engine.test_appended import put, writer
files = writer(Path(sys.argv[1]))
number = files.count("numbers")
while True:
    put(files, number)
    files.commit()
    print(number, flush=True)
    number += 1
    if number % 50 == 0:
        from verdure.engine import appended
        from tests.engine.test_appended import COLUMNS
        files.rewrite(dict(appended.read(Path(sys.argv[1]), COLUMNS)[1]), settings="one")
"""


def test_a_kill_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    told: list[int] = []
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", COUNT_FOR_EVER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert child.stdout is not None
        told.append(int(child.stdout.readline()))
        time.sleep(chance.uniform(0.02, 0.3))
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
        child.wait()
        child.stdout.close()
        found = numbers(tmp_path)
        assert found == list(range(len(found)))
        assert told[-1] <= found[-1] <= told[-1] + 1


def head(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    return read


def test_the_record_says_how_much_counts(tmp_path: Path) -> None:
    files = writer(tmp_path)
    put(files, 1, 2)
    files.commit()
    files.close()
    assert head(tmp_path) == {"settings": "one", "base": 1, "counts": {"numbers": 2, "letters": 2}}
