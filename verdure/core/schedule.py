"""Periodic work, as `SCHEDULE` of `verdure/flow.py` lists it, enqueued once however many processes watch the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from .models import PeriodicRun


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task without arguments, and how often it is due."""

    every: timedelta
    task: Task[[], Any]


def enqueue_due(now: datetime) -> list[str]:
    """Enqueues each task that is due and not already waiting, once, and names them.

    A task met for the first time is due at once. Turns missed while nothing ran are not made up for.
    """
    schedule: Mapping[str, Periodic] = import_string(settings.SCHEDULE)
    due = dict(PeriodicRun.objects.values_list("name", "due_at"))
    return [
        name
        for name, periodic in schedule.items()
        if due.get(name, now) <= now and _take_turn(name, periodic, due_at=due.get(name), now=now)
    ]


def _take_turn(name: str, periodic: Periodic, *, due_at: datetime | None, now: datetime) -> bool:
    with transaction.atomic():
        if due_at is None:
            _, won = PeriodicRun.objects.get_or_create(name=name, defaults={"due_at": now + periodic.every})
        else:
            later = _next_turn(due_at, every=periodic.every, now=now)
            won = PeriodicRun.objects.filter(name=name, due_at=due_at).update(due_at=later) == 1
        if not won or _is_waiting(periodic.task):
            return False
        periodic.task.enqueue()
        return True


def _next_turn(due_at: datetime, *, every: timedelta, now: datetime) -> datetime:
    """The first turn after now that keeps the rhythm of the one that was due."""
    return due_at + ((now - due_at) // every + 1) * every


def _is_waiting(task: Task[[], Any]) -> bool:
    return DBTaskResult.objects.filter(task_path=task.module_path, status=TaskResultStatus.READY).exists()
