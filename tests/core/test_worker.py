"""Real worker processes on a database of their own."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.core.conftest import until

if TYPE_CHECKING:
    from tests.core.conftest import Site

pytestmark = pytest.mark.slow


def _jobs(site: Site) -> list[list[object]]:
    """Task, status, number of attempts and answer of every job, in the order they were enqueued."""
    printed = site.python(
        """
        import json
        from django_tasks_db.models import DBTaskResult
        rows = DBTaskResult.objects.order_by("enqueued_at")
        print(json.dumps([[r.task_path.rpartition(".")[2], r.status, len(r.worker_ids), r.return_value] for r in rows]))
        """
    )
    value: list[list[object]] = json.loads(printed)
    return [row for row in value if row[0] != "tick"]


def test_worker_killed_in_the_middle_loses_no_job(site: Site, tmp_path: Path) -> None:
    marker = tmp_path / "running"
    site.python(f"hang_the_first_time.enqueue({str(marker)!r})")
    worker = site.start("work", "--queue", "default")
    until(marker.exists)
    worker.kill()
    worker.wait()
    assert _jobs(site) == [["hang_the_first_time", "RUNNING", 1, None]]
    site.run("work", "--once")
    assert _jobs(site) == [["hang_the_first_time", "SUCCESSFUL", 2, "second time"]]


def test_job_that_kills_its_worker_ends_as_a_dead_letter(site: Site) -> None:
    site.python("kill_own_worker.enqueue()")
    for _ in range(2):
        assert site.start("work", "--once").wait() == -signal.SIGKILL
    site.run("work", "--once")
    assert _jobs(site) == [["kill_own_worker", "FAILED", 2, None]]
    assert "WorkerLost: The worker ended in the middle of this job." in site.run("jobs")


def test_worker_told_twice_to_stop_gives_its_job_back_as_though_untried(site: Site, tmp_path: Path) -> None:
    marker = tmp_path / "running"
    site.python(f"hang_the_first_time.enqueue({str(marker)!r})")
    worker = site.start("work", "--queue", "default")
    until(marker.exists)
    worker.terminate()
    with pytest.raises(TimeoutError):
        _wait(worker, 1)
    worker.terminate()
    assert worker.wait() == 1
    assert _jobs(site) == [["hang_the_first_time", "READY", 0, None]]


def test_second_index_worker_is_refused(site: Site) -> None:
    lock = site.home / "run" / "index-worker.lock"
    first = site.start("work", "--queue", "index")
    until(lambda: lock.exists() and "(index)" in site.run("jobs"))
    assert site.start("work", "--queue", "index").wait() == 1
    assert first.poll() is None


def test_each_job_is_run_once_by_racing_workers(site: Site) -> None:
    taken = site.python(
        """
        import json
        from tests.racing import race
        from verdure.core.jobs import Job
        from verdure.core.worker import run_waiting

        def work():
            run_waiting("default")
            return sorted(number for [number] in noted)

        for number in range(40):
            note.enqueue([number])
        [first], [second] = race(work, work)
        rows = Job.objects.values_list("status", "worker_ids")
        print(json.dumps([sorted(first + second), [(status, len(ids)) for status, ids in rows]]))
        """
    )
    assert json.loads(taken) == [list(range(40)), [["SUCCESSFUL", 1]] * 40]


def test_jobs_of_a_dead_worker_are_released_once_by_racing_workers(site: Site) -> None:
    released = site.python(
        """
        import json
        from datetime import timedelta
        from django.utils import timezone
        from tests.racing import race
        from verdure.core.jobs import Job, release_abandoned
        from verdure.core.models import WorkerBeat

        def leave_behind():
            long_ago = timezone.now() - timedelta(days=1)
            WorkerBeat.objects.create(
                worker_id="gone", queues="default", machine="elsewhere", process="1/1", beat_at=long_ago
            )
            for job in Job.objects.all():
                job.claim("gone")

        for number in range(20):
            note.enqueue([number])
        sums = []
        for turn in range(3):
            leave_behind()
            sums.append(sum(number for [number] in race(release_abandoned, release_abandoned, release_abandoned)))
        rows = Job.objects.values_list("status", "worker_ids")
        print(json.dumps([sums, list(rows), WorkerBeat.objects.count()]))
        """
    )
    assert json.loads(released) == [[20] * 3, [["READY", ["gone"] * 3]] * 20, 0]


def _wait(process: object, seconds: float) -> None:
    import subprocess

    assert isinstance(process, subprocess.Popen)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
