"""Real worker processes on a database file of their own."""

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


def _wait(process: object, seconds: float) -> None:
    import subprocess

    assert isinstance(process, subprocess.Popen)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
