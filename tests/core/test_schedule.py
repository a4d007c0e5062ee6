from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from verdure.core.jobs import Job
from verdure.core.models import PeriodicRun
from verdure.core.schedule import enqueue_due
from verdure.core.worker import run_waiting

if TYPE_CHECKING:
    from tests.core.conftest import Site

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.usefixtures("flow")
def test_periodic_task_runs_at_first_sight_and_then_in_its_rhythm() -> None:
    minutes = [0, 9, 10, 11, 47, 49, 50]
    enqueued = []
    for minute in minutes:
        enqueued += [minute] * len(enqueue_due(NOON + timedelta(minutes=minute)))
        run_waiting()
    assert enqueued == [0, 10, 47, 50]  # the turns missed between 11 and 47 come to one
    assert PeriodicRun.objects.get().due_at == NOON + timedelta(minutes=60)


@pytest.mark.django_db
@pytest.mark.usefixtures("flow")
def test_periodic_task_that_still_waits_is_not_enqueued_again() -> None:
    assert enqueue_due(NOON) == ["tick"]
    assert enqueue_due(NOON + timedelta(days=1)) == []
    assert Job.objects.count() == 1


@pytest.mark.slow
def test_periodic_task_is_enqueued_once_by_racing_processes(site: Site) -> None:
    """Two processes look at the same clock at the same moment, twelve turns long; each turn is run before the next."""
    counted = site.python(
        """
        import multiprocessing
        from datetime import UTC, datetime, timedelta
        from django_tasks_db.models import DBTaskResult
        from verdure.core.schedule import enqueue_due

        together = multiprocessing.Barrier(2)

        def turns(first):
            for turn in range(12):
                now = datetime(2027, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=10 * turn)
                together.wait()
                enqueue_due(now)
                together.wait()
                if first:
                    DBTaskResult.objects.update(status="SUCCESSFUL")
                    print(DBTaskResult.objects.count(), flush=True)

        processes = [multiprocessing.Process(target=turns, args=(first,)) for first in (True, False)]
        [process.start() for process in processes]
        [process.join() for process in processes]
        assert [process.exitcode for process in processes] == [0, 0]
        """
    )
    assert [int(line) for line in counted.split()] == list(range(1, 13))
