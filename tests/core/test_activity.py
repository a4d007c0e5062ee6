from __future__ import annotations

import logging

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django_tasks_db.models import DBTaskResult

from tests.make import make_user
from verdure.core.activity import MixedSubjects, OutsideTransaction, UnknownVerb, record, record_many
from verdure.core.jobs import Job
from verdure.core.models import Activity, PeriodicRun
from verdure.core.worker import run_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("flow")]


def test_record_keeps_who_did_what_to_what() -> None:
    user = make_user()
    record("thing.seen", user, by=user, place="home")
    [activity] = Activity.objects.all()
    assert (activity.verb, activity.subject_type, activity.subject_id, activity.by, activity.data) == (
        "thing.seen",
        "accounts.user",
        user.pk,
        user,
        {"place": "home"},
    )


def test_record_starts_each_follow_up_once_with_all_ids(flow: list[list[int]]) -> None:
    first, second = make_user(), make_user()
    record_many("thing.made", [first, second], by=None)
    assert Activity.objects.count() == 2
    run_waiting()
    assert sorted(flow) == sorted([[first.pk, second.pk], [-first.pk, -second.pk]])


def test_record_starts_nothing_when_the_change_is_undone() -> None:
    user = make_user()
    with transaction.atomic():
        record("thing.made", user, by=user)
        transaction.set_rollback(True)
    assert (Activity.objects.count(), Job.objects.count()) == (0, 0)


def test_record_without_a_subject_keeps_one_row_and_starts_nothing() -> None:
    record("thing.made", None, by=None, total=0)
    [activity] = Activity.objects.all()
    assert (activity.subject_type, activity.subject_id, activity.data) == ("", None, {"total": 0})
    assert Job.objects.count() == 0


def test_record_of_none_of_many_keeps_nothing() -> None:
    record_many("thing.made", [], by=None)
    assert (Activity.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_record_refuses_outside_a_transaction() -> None:
    with pytest.raises(OutsideTransaction, match=r"thing\.made"):
        record("thing.made", make_user(), by=None)
    assert (Activity.objects.count(), DBTaskResult.objects.count()) == (0, 0)


def test_record_refuses_a_verb_that_flow_does_not_name() -> None:
    with pytest.raises(UnknownVerb, match=r"thing\.mislaid"):
        record("thing.mislaid", make_user(), by=None)
    assert Activity.objects.count() == 0


def test_record_refuses_subjects_of_two_kinds() -> None:
    with pytest.raises(MixedSubjects, match=r"accounts\.user, core\.activity"):
        record_many("thing.made", [make_user(), Activity(pk=1)], by=None)


def test_record_writes_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    user = make_user()
    with caplog.at_level(logging.INFO, "verdure.core.activity"):
        record("thing.seen", user, by=user, place="home")
    assert [line.getMessage() for line in caplog.records] == [
        f"thing.seen accounts.user {user.pk} by {user.pk} {{'place': 'home'}}"
    ]


def test_activity_cannot_name_half_a_subject() -> None:
    with pytest.raises(IntegrityError, match="activity_subject_is_whole_or_absent"):
        Activity.objects.create(verb="thing.seen", subject_type="accounts.user")


def test_activity_outlives_the_person_who_did_it() -> None:
    user, other = make_user(), make_user()
    record("thing.seen", other, by=user)
    user.delete()
    assert Activity.objects.get().by is None


def test_flow_of_the_site_names_only_tasks_of_a_known_queue() -> None:
    from verdure.flow import FLOW

    assert {task.queue_name for follow_ups in FLOW.values() for task in follow_ups} <= {"default", "index"}
    assert PeriodicRun.objects.count() == 0
