"""Jobs: what a task's function may count on, and the moves of a job between waiting, running and finished.

django-tasks stores and hands out jobs; it neither retries nor notices a worker that died. Both are added here. A job
that failed for the last time stays as a row with status FAILED: those rows are the dead letters that a person reads,
replays or discards. Every move is an update guarded by the state it starts from, so of two processes one wins, and a
worker that was thought dead cannot overwrite what was decided meanwhile.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from traceback import format_exception
from typing import Any, Literal, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks.utils import normalize_json
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet

from .activity import record
from .models import WorkerBeat
from .queries import dead_worker_ids

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Job = DBTaskResult[..., Any]
Queue = Literal["default", "index"]

ATTEMPTS = 5
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
WHILE_AWAY = timedelta(seconds=15)
SUCCESS_KEPT = timedelta(days=7)

_attempts: dict[str, int] = {}


class NotADeadLetter(LookupError):
    """No job of that id has failed for good; perhaps somebody replayed or discarded it a moment ago."""


class WorkerLost(RuntimeError):
    """The worker ended in the middle of the job: killed, out of memory, or its machine went away."""


class Postponed(Exception):
    """Raised by a task while a service that it needs is away: it waits, and no attempt is used up."""


def job(*, queue: Queue = "default", attempts: int = ATTEMPTS) -> Callable[[Callable[P, T]], Task[P, T]]:
    """Makes a module-level function a task that is tried up to `attempts` times, with growing waits in between.

    A job may run twice (a worker can die after the work and before the note of it), so the function is idempotent.
    """

    def declare(function: Callable[P, T]) -> Task[P, T]:
        declared = task(queue_name=queue)(function)
        _attempts[declared.module_path] = attempts
        return declared

    return declare


def attempts_allowed(task_path: str) -> int:
    """The limit given to `job`; the usual one for a task that no longer exists or was declared otherwise."""
    with suppress(ImportError):
        import_string(task_path)
    return _attempts.get(task_path, ATTEMPTS)


def wait_after(attempt: int) -> timedelta:
    """How long to wait after the given failed attempt (1, 2, …): 5 s, 20 s, 80 s, …, at most an hour.

    Up to half of it is left to chance, so that jobs that failed together do not come back together.
    """
    whole = min(FIRST_WAIT.total_seconds() * 4 ** (attempt - 1), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=whole * random.uniform(0.5, 1))  # noqa: S311 no secret


def succeed(job: Job, value: object) -> bool:
    """Notes the end of a running job. False when the job was taken from this worker meanwhile."""
    return _finish(job, TaskResultStatus.SUCCESSFUL, return_value=normalize_json(value))


def fail(job: Job, error: BaseException, *, at_once: bool = False) -> bool:
    """Notes a failed attempt: the job waits for its next one (`at_once`: without a pause) or becomes a dead letter."""
    cause = {
        "exception_class_path": f"{type(error).__module__}.{type(error).__qualname__}",
        "traceback": _storable("".join(format_exception(error))),
    }
    attempt = len(job.worker_ids)
    if attempt < attempts_allowed(job.task_path):
        pause = timedelta() if at_once else wait_after(attempt)
        logger.warning("job %s %s failed, attempt %s, again in %s: %r", job.pk, job.task_path, attempt, pause, error)
        return _change(job, status=TaskResultStatus.READY, run_after=timezone.now() + pause, **cause)
    logger.error("job %s %s failed for good, attempt %s: %r", job.pk, job.task_path, attempt, error)
    with transaction.atomic():
        moved = _finish(job, TaskResultStatus.FAILED, return_value=None, **cause)
        if moved:
            record("job.given_up", None, by=None, **_description(job))
    return moved


def give_back(job: Job) -> bool:
    """The job waits again as though this attempt had not begun: its worker was told to stop."""
    return _change(job, status=TaskResultStatus.READY, started_at=None, worker_ids=job.worker_ids[:-1])


def postpone(job: Job, reason: Postponed) -> bool:
    """The job waits a little, as though this attempt had not begun."""
    logger.warning("job %s %s waits: %s", job.pk, job.task_path, reason)
    run_after = timezone.now() + WHILE_AWAY
    return _change(
        job, status=TaskResultStatus.READY, run_after=run_after, started_at=None, worker_ids=job.worker_ids[:-1]
    )


def give_back_all(worker_id: str) -> None:
    """What a worker calls last, so that nothing it took stays behind as running."""
    for held in Job.objects.running():
        if held.worker_ids[-1:] == [worker_id]:
            give_back(held)


def release_abandoned() -> int:
    """Jobs whose worker is dead wait again, and how many they were.

    It counts as an attempt, so a job that kills its worker ends as a dead letter instead of killing for ever.
    """
    if not dead_worker_ids():
        return 0
    with transaction.atomic():
        dead = dead_worker_ids()
        running = Job.objects.running().select_for_update(skip_locked=True)  # what another worker releases is its
        left = [held for held in running if held.worker_ids[-1] in dead]
        lost = WorkerLost("The worker ended in the middle of this job.")
        released = sum(fail(held, lost, at_once=len(held.worker_ids) == 1) for held in left)
        WorkerBeat.objects.filter(pk__in=dead).delete()
    return released


def replay(job_id: UUID, *, by: AbstractBaseUser | None) -> None:
    """Gives a dead letter all its attempts again. Raises NotADeadLetter."""
    with transaction.atomic():
        letter = _dead_letter(job_id)
        _dead_letters(job_id).update(
            status=TaskResultStatus.READY, run_after=timezone.now(), finished_at=None, started_at=None, worker_ids=[]
        )
        record("job.replayed", None, by=by, **_description(letter))


def discard(job_id: UUID, *, by: AbstractBaseUser | None) -> None:
    """Removes a dead letter; the activity keeps what it was. Raises NotADeadLetter."""
    with transaction.atomic():
        letter = _dead_letter(job_id)
        _dead_letters(job_id).delete()
        record("job.discarded", None, by=by, **_description(letter), arguments=letter.args_kwargs)


def forget_successes() -> int:
    """Removes the rows of jobs that ended well some days ago, and says how many."""
    old = Job.objects.successful().filter(finished_at__lt=timezone.now() - SUCCESS_KEPT)
    return old.delete()[0]


def _change(job: Job, **values: Any) -> bool:
    """Holds only for the attempt that `job` was read in: `started_at` is another in the next one."""
    current = Job.objects.running().filter(pk=job.pk, started_at=job.started_at)
    moved = current.update(**values) == 1
    if not moved:
        logger.warning("job %s was taken from this worker; what it came to is not kept", job.pk)
    return moved


def _finish(job: Job, status: TaskResultStatus, **values: Any) -> bool:
    return _change(job, status=status, finished_at=timezone.now(), **values)


def _dead_letters(job_id: UUID) -> DBTaskResultQuerySet:
    return Job.objects.failed().filter(pk=job_id)


def _dead_letter(job_id: UUID) -> Job:
    letter = _dead_letters(job_id).select_for_update().first()
    if letter is None:
        raise NotADeadLetter(str(job_id))
    return letter


def _storable(text: str) -> str:
    """With escapes for what a database cannot keep: half characters anywhere, NUL in PostgreSQL."""
    return text.replace("\0", r"\x00").encode(errors="backslashreplace").decode()


def _description(job: Job) -> dict[str, str]:
    return {"job": str(job.pk), "task": job.task_path}
