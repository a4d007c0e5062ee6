"""Questions about jobs and workers, for the command line and the staff's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from .models import WorkerBeat
from .processes import is_running, this_machine

GONE_AFTER = timedelta(seconds=30)
"""Silence after which a worker of another machine counts as dead: several beats, as a busy database may delay one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job that failed for the last time."""

    id: UUID
    task: str
    queue: str
    arguments: str
    attempts: int
    failed_at: datetime
    error: str  # the last line of the traceback
    traceback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """What waits and runs in one queue. `oldest_wait` is that of a job that could run now; None when none could."""

    queue: str
    waiting: int
    running: int
    failed: int
    oldest_wait: timedelta | None


def dead_letters() -> list[DeadLetter]:
    """All of them, the latest first."""
    return [_dead_letter(job) for job in DBTaskResult.objects.failed().order_by("-finished_at", "pk")]


def queue_states() -> list[QueueState]:
    """Every queue that has jobs to show, by name."""
    status = TaskResultStatus
    due = Q(status=status.READY) & (Q(run_after=get_date_max()) | Q(run_after__lte=timezone.now()))
    rows = (
        DBTaskResult.objects.order_by("queue_name")
        .values("queue_name")
        .annotate(
            waiting=Count("pk", filter=Q(status=status.READY)),
            running=Count("pk", filter=Q(status=status.RUNNING)),
            failed=Count("pk", filter=Q(status=status.FAILED)),
            oldest=Min("enqueued_at", filter=due),
        )
    )
    return [
        QueueState(
            queue=row["queue_name"],
            waiting=row["waiting"],
            running=row["running"],
            failed=row["failed"],
            oldest_wait=timezone.now() - row["oldest"] if row["oldest"] else None,
        )
        for row in rows
    ]


def living_workers() -> list[WorkerBeat]:
    """Workers whose process exists or, where only their beat can tell, that beat a moment ago; by queue."""
    here, lately = this_machine(), timezone.now() - GONE_AFTER
    return [
        beat
        for beat in WorkerBeat.objects.order_by("queues", "worker_id")
        if (is_running(beat.process) if beat.machine == here else beat.beat_at >= lately)
    ]


def dead_worker_ids() -> set[str]:
    """Workers that left a sign of life or a running job behind and are alive no more."""
    holding = {
        worker_id
        for worker_ids in DBTaskResult.objects.running().values_list("worker_ids", flat=True)
        for worker_id in worker_ids[-1:]
    }
    known = set(WorkerBeat.objects.values_list("worker_id", flat=True))
    return (holding | known) - {beat.worker_id for beat in living_workers()}


def _dead_letter(job: DBTaskResult[..., Any]) -> DeadLetter:
    parts = [repr(value) for value in job.args_kwargs["args"]]
    parts += [f"{name}={value!r}" for name, value in job.args_kwargs["kwargs"].items()]
    return DeadLetter(
        id=job.pk,
        task=job.task_path,
        queue=job.queue_name,
        arguments=", ".join(parts),
        attempts=len(job.worker_ids),
        failed_at=job.finished_at or job.enqueued_at,
        error=job.traceback.strip().rpartition("\n")[2] or job.exception_class_path,
        traceback=job.traceback,
    )
