"""The worker process: django-tasks' own loop, with retries, a sign of life and the clock of periodic work."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import task_backends
from django_tasks_db.management.commands import db_worker

from . import jobs
from .models import WorkerBeat
from .processes import this_machine, this_process
from .schedule import enqueue_due

logger = logging.getLogger(__name__)

BEAT_EVERY = 5.0  # seconds
LOOK_EVERY = 0.5  # seconds between looks at an empty queue
TIMEKEEPER = "default"  # workers of this queue see to periodic work


class Worker(db_worker.Worker):
    """Runs the jobs of some queues, one at a time, until it is told to stop; `batch`: until none is left."""

    def __init__(self, *queues: str, batch: bool = False) -> None:
        super().__init__(
            queue_names=list(queues),
            interval=LOOK_EVERY,
            batch=batch,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=f"{os.getpid()}-{get_random_string(12)}",
            excluded_queue_names=[],
        )

    def serve(self) -> None:
        """Runs as a process of its own. The first beat precedes the first job: no unheard-of worker ever holds one."""
        self.configure_signals()
        self.beat()
        jobs.release_abandoned()
        try:
            with self._heart():
                self.run()
        finally:
            jobs.give_back_all(self.worker_id)
            WorkerBeat.objects.filter(pk=self.worker_id).delete()

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """The first signal ends the worker after its current job; a second one gives that job back unfinished."""
        if not self.running:
            raise SystemExit(1)
        self.running = False
        logger.info("worker %s: %s, ending after the current job", self.worker_id, signal.strsignal(signum))

    def run_task(self, db_task_result: jobs.Job) -> None:
        try:
            value = _call(db_task_result)
        except jobs.Postponed as reason:
            jobs.postpone(db_task_result, reason)
        except Exception as error:
            jobs.fail(db_task_result, error)
        except BaseException:
            jobs.give_back(db_task_result)
            raise
        else:
            self._succeed(db_task_result, value)

    def beat(self) -> None:
        WorkerBeat.objects.update_or_create(
            worker_id=self.worker_id,
            defaults={
                "queues": ",".join(self.queue_names),
                "machine": this_machine(),
                "process": this_process(),
                "beat_at": timezone.now(),
            },
        )

    def tick(self) -> None:
        """What is due every few seconds, whether or not a job is running."""
        self.beat()
        jobs.release_abandoned()
        if TIMEKEEPER in self.queue_names:
            enqueue_due(timezone.now())

    def _succeed(self, job: jobs.Job, value: object) -> None:
        try:
            jobs.succeed(job, value)
        except TypeError as error:  # a value that JSON cannot hold
            jobs.fail(job, error)

    @contextmanager
    def _heart(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self._beat_until, args=(stop,), name="heart", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(BEAT_EVERY)

    def _beat_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.tick()
            except Exception:
                logger.exception("worker %s: a beat failed; the next will tell", self.worker_id)
            finally:
                close_old_connections()
            stop.wait(BEAT_EVERY)
        connection.close()


def run_waiting(*queues: str) -> None:
    """Runs in this process what could run now in the queues (none named: in all), and what follows from it."""
    Worker(*(queues or task_backends["default"].queues), batch=True).run()


def _call(job: jobs.Job) -> object:
    task, result = job.task, job.task_result
    return task.call(*result.args, **result.kwargs)
