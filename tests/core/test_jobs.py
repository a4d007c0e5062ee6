from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks import TaskResultStatus as Status

from tests.core import sample_flow
from tests.make import make_user
from verdure.core import jobs, queries
from verdure.core.models import Activity, WorkerBeat
from verdure.core.processes import this_machine, this_process
from verdure.core.worker import Worker, run_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("flow")]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def make_dead_letter(reason: str = "really") -> jobs.Job:
    """A job that has failed as often as it may."""
    made = sample_flow.break_down.enqueue(reason)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            run_waiting("default")
            clock.shift(jobs.LONGEST_WAIT)
    return jobs.Job.objects.get(pk=made.id)


def make_running(*, machine: str, process: str, beat_at: datetime) -> jobs.Job:
    """A job in the hands of a worker of which only its row is known."""
    sample_flow.note.enqueue([1])
    WorkerBeat.objects.create(worker_id="w1", queues="default", machine=machine, process=process, beat_at=beat_at)
    held = jobs.Job.objects.get()
    held.claim("w1")
    return held


def test_job_that_fails_waits_longer_each_time_and_is_given_up_at_its_limit() -> None:
    sample_flow.break_down.enqueue("really")
    waits = []
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(2):
            run_waiting()
            failed = jobs.Job.objects.get()
            assert failed.status == Status.READY
            waits.append(failed.run_after - timezone.now())
            run_waiting()  # too early: nothing happens
            assert len(jobs.Job.objects.get().worker_ids) == len(waits)
            clock.shift(waits[-1])
        run_waiting()
    first, second = waits
    assert timedelta(seconds=2.5) <= first <= timedelta(seconds=5)
    assert timedelta(seconds=10) <= second <= timedelta(seconds=20)
    assert jobs.Job.objects.get().status == Status.FAILED
    assert list(Activity.objects.values_list("verb", flat=True)) == ["job.given_up"]


def test_job_whose_service_is_away_waits_and_uses_up_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    sample_flow.ask_a_neighbour.enqueue()
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            run_waiting()
            waiting = jobs.Job.objects.get()
            assert (waiting.status, waiting.worker_ids) == (Status.READY, [])
            assert waiting.run_after - timezone.now() == jobs.WHILE_AWAY
            clock.shift(jobs.WHILE_AWAY)
        monkeypatch.setattr(sample_flow, "neighbours", ["one"])
        run_waiting()
    assert jobs.Job.objects.get().status == Status.SUCCESSFUL


@pytest.mark.parametrize(("attempt", "longest"), [(1, 5), (2, 20), (3, 80), (4, 320), (9, 3600)])
def test_wait_grows_fourfold_up_to_an_hour_and_is_partly_chance(attempt: int, longest: int) -> None:
    waits = {jobs.wait_after(attempt).total_seconds() for _ in range(50)}
    assert longest / 2 <= min(waits) < max(waits) <= longest


def test_dead_letter_tells_what_a_person_needs() -> None:
    dead = make_dead_letter("the disc is full")
    [letter] = queries.dead_letters()
    assert (letter.id, letter.task, letter.queue, letter.arguments, letter.attempts, letter.error) == (
        dead.pk,
        "tests.core.sample_flow.break_down",
        "default",
        "'the disc is full'",
        3,
        "the disc is full",
    )
    assert "LookupError: no such thing:" in letter.traceback


def test_dead_letter_keeps_an_error_that_no_database_can() -> None:
    sample_flow.break_down_unreadably.enqueue()
    run_waiting()
    [letter] = queries.dead_letters()
    assert letter.error == r"LookupError: cut \ud83d and \x00"


def test_replay_gives_all_attempts_again() -> None:
    dead, user = make_dead_letter(), make_user()
    jobs.replay(dead.pk, by=user)
    dead.refresh_from_db()
    assert (dead.status, dead.worker_ids, dead.finished_at) == (Status.READY, [], None)
    activity = Activity.objects.get(verb="job.replayed")
    assert (activity.by, activity.data["job"]) == (user, str(dead.pk))
    run_waiting()
    assert len(jobs.Job.objects.get().worker_ids) == 1


def test_discard_removes_the_job_and_keeps_what_it_was() -> None:
    dead = make_dead_letter("really")
    jobs.discard(dead.pk, by=None)
    assert jobs.Job.objects.count() == 0
    assert Activity.objects.get(verb="job.discarded").data == {
        "job": str(dead.pk),
        "task": "tests.core.sample_flow.break_down",
        "arguments": {"args": ["really"], "kwargs": {}},
    }


@pytest.mark.parametrize("act", [jobs.replay, jobs.discard])
def test_only_a_dead_letter_is_replayed_or_discarded(act: object) -> None:
    sample_flow.break_down.enqueue("not yet")
    for job_id in (jobs.Job.objects.get().pk, uuid4()):
        with pytest.raises(jobs.NotADeadLetter):
            act(job_id, by=None)  # type: ignore[operator]
    assert jobs.Job.objects.get().status == Status.READY
    assert Activity.objects.count() == 0


def test_job_of_a_task_that_is_gone_fails_and_says_so() -> None:
    sample_flow.note.enqueue([1])
    jobs.Job.objects.update(task_path="verdure.core.tasks.no_longer_here")
    run_waiting()
    assert jobs.Job.objects.get().exception_class_path == "builtins.ImportError"


def test_job_whose_answer_json_cannot_hold_fails_and_says_so() -> None:
    sample_flow.answer_with_what_json_cannot_hold.enqueue()
    run_waiting()
    assert jobs.Job.objects.get().exception_class_path == "builtins.TypeError"


def test_job_of_a_worker_whose_process_is_gone_is_released_at_once() -> None:
    held = make_running(machine=this_machine(), process="4194305/1", beat_at=timezone.now())
    assert jobs.release_abandoned() == 1
    held.refresh_from_db()
    assert (held.status, held.worker_ids) == (Status.READY, ["w1"])
    assert WorkerBeat.objects.count() == 0


def test_job_of_a_worker_elsewhere_is_released_when_its_beat_stops() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        make_running(machine="elsewhere", process="1/1", beat_at=NOON)
        clock.shift(queries.GONE_AFTER)
        assert jobs.release_abandoned() == 0
        clock.shift(timedelta(seconds=1))
        assert jobs.release_abandoned() == 1


def test_job_of_a_living_worker_stays_with_it_however_late_its_beat() -> None:
    make_running(machine=this_machine(), process=this_process(), beat_at=timezone.now() - timedelta(days=1))
    assert jobs.release_abandoned() == 0


def test_job_that_lost_all_its_workers_is_given_up() -> None:
    held = make_running(machine="elsewhere", process="1/1", beat_at=timezone.now() - timedelta(days=1))
    jobs.Job.objects.update(worker_ids=["a", "b", "c", "d", "w1"])
    assert jobs.release_abandoned() == 1
    held.refresh_from_db()
    assert (held.status, held.exception_class_path) == (Status.FAILED, "verdure.core.jobs.WorkerLost")


def test_worker_that_was_thought_dead_does_not_overwrite_what_came_after() -> None:
    held = make_running(machine="elsewhere", process="1/1", beat_at=timezone.now() - timedelta(days=1))
    jobs.release_abandoned()
    again = jobs.Job.objects.get()
    again.claim("w2")
    assert jobs.succeed(held, "late") is False
    assert jobs.fail(held, ValueError("late")) is False
    assert jobs.succeed(again, "right") is True
    assert jobs.Job.objects.get().return_value == "right"


def test_worker_that_ends_gives_back_what_it_holds() -> None:
    sample_flow.note.enqueue([1])
    worker = Worker("default")
    jobs.Job.objects.get().claim(worker.worker_id)
    jobs.give_back_all(worker.worker_id)
    given = jobs.Job.objects.get()
    assert (given.status, given.worker_ids) == (Status.READY, [])


def test_successes_are_forgotten_after_a_week() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        sample_flow.note.enqueue([1])
        run_waiting()
        clock.shift(jobs.SUCCESS_KEPT)
        assert jobs.forget_successes() == 0
        clock.shift(timedelta(seconds=1))
        make_dead_letter()
        assert jobs.forget_successes() == 1
    assert jobs.Job.objects.get().status == Status.FAILED


def test_queue_states_count_by_queue_and_tell_the_oldest_wait() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        sample_flow.note_in_index.enqueue([1])
        clock.shift(60)
        sample_flow.note_in_index.enqueue([2])
        make_dead_letter()
        states = queries.queue_states()
    failed = queries.QueueState(queue="default", waiting=0, running=0, failed=1, oldest_wait=None)
    waiting = queries.QueueState(queue="index", waiting=2, running=0, failed=0, oldest_wait=timedelta(seconds=60))
    assert states == [failed, waiting]


def test_jobs_command_lists_dead_letters() -> None:
    dead = make_dead_letter("the disc is full")
    assert _jobs() == (
        "default: 0 waiting; 0 running; 1 failed for good\nworkers: none\n\n"
        f"{dead.pk}  tests.core.sample_flow.break_down('the disc is full')"
        f"  failed {dead.finished_at:%Y-%m-%d %H:%M:%S} UTC after 3 attempts\n    the disc is full\n"
    )
    assert "LookupError: no such thing:" in _jobs("show", str(dead.pk))


def test_jobs_command_replays_one() -> None:
    dead, other = make_dead_letter(), make_dead_letter()
    assert _jobs("replay", str(dead.pk)) == f"{dead.pk} tests.core.sample_flow.break_down: waits again\n"
    assert [letter.id for letter in queries.dead_letters()] == [other.pk]
    with pytest.raises(CommandError, match=f"No failed job has the id {dead.pk}"):
        _jobs("discard", str(dead.pk))


def test_jobs_command_discards_all() -> None:
    ids = {str(make_dead_letter().pk), str(make_dead_letter().pk)}
    assert {line.partition(" ")[0] for line in _jobs("discard", "--all").splitlines()} == ids
    assert jobs.Job.objects.count() == 0


def test_jobs_command_wants_to_be_told_which() -> None:
    with pytest.raises(CommandError, match="Say which: verdure jobs replay ID …, or --all"):
        _jobs("replay")


def _jobs(*arguments: str) -> str:
    out = StringIO()
    call_command("jobs", *arguments, stdout=out)
    return out.getvalue()
