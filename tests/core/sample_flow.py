"""A small flow for tests of the machinery: tasks that note what they were given, fail, or take their worker along."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

from verdure.core.jobs import Postponed, job
from verdure.core.prepare import Step
from verdure.core.schedule import Periodic

noted: list[list[int]] = []
neighbours: list[str] = []


@job()
def note(ids: list[int]) -> None:
    noted.append(ids)


@job(queue="index")
def note_in_index(ids: list[int]) -> None:
    noted.append([-number for number in ids])


@job(attempts=3)
def break_down(reason: str) -> None:
    raise LookupError(f"no such thing:\n{reason}")


@job(attempts=1)
def ask_a_neighbour() -> None:
    if not neighbours:
        raise Postponed("nobody is in")


@job(attempts=1)
def break_down_unreadably() -> None:
    raise LookupError("cut \ud83d and \0")


@job()
def answer_with_what_json_cannot_hold() -> object:
    return object()


@job(attempts=2)
def kill_own_worker() -> None:
    os.kill(os.getpid(), 9)


@job()
def hang_the_first_time(marker: str) -> str:
    """Leaves the marker so that a test knows it is running."""
    if Path(marker).exists():
        return "second time"
    Path(marker).touch()
    time.sleep(600)
    return "first time"


@job()
def tick() -> None:
    noted.append([])


FLOW = {
    "thing.made": (note, note_in_index),
    "thing.seen": (),
    "job.given_up": (),
    "job.replayed": (),
    "job.discarded": (),
}

SCHEDULE = {"tick": Periodic(timedelta(minutes=10), tick)}

PREPARE = (Step("Database", "verdure.core.prepare.database"),)
