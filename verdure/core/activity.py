"""Recording what happened, and starting what follows from it.

`record` is called by actions, inside their transaction. It writes the row and enqueues the tasks that
`verdure/flow.py` lists for the verb, so that fact and consequence are stored together or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.utils.module_loading import import_string
from django_tasks.base import Task

from .models import Activity

logger = logging.getLogger(__name__)

FollowUp = Task[..., Any]
"""A task that takes one argument, the list of the subjects' ids."""


class UnknownVerb(LookupError):
    """The verb is missing in `verdure/flow.py`, which names everything that can happen."""


class OutsideTransaction(RuntimeError):
    """Fact and consequence must be stored with the change itself: call `record` inside `transaction.atomic()`."""


class MixedSubjects(ValueError):
    """One call records one kind of subject, because its follow-up tasks get bare ids."""


def record(verb: str, subject: models.Model | None, *, by: AbstractBaseUser | None, **data: Any) -> None:
    """What `by` (None: the system itself) did to `subject`. `data` holds JSON values.

    Without a subject there is a row that names none, and nothing follows.
    """
    if subject is None:
        _store(verb, "", [None], by, data)
    else:
        record_many(verb, [subject], by=by, **data)


def record_many(verb: str, subjects: Iterable[models.Model], *, by: AbstractBaseUser | None, **data: Any) -> None:
    """The same happened to each subject: a row for each, and each follow-up task once with all their ids."""
    subjects = list(subjects)
    kind, ids = _kind(verb, subjects), [subject.pk for subject in subjects]
    for task in _store(verb, kind, ids, by, data) if ids else ():
        task.enqueue(ids)


def _store(
    verb: str, kind: str, ids: Sequence[int | None], by: AbstractBaseUser | None, data: dict[str, Any]
) -> tuple[FollowUp, ...]:
    """Writes the rows and the log line, and gives what the flow lists for the verb."""
    follow_ups = _follow_ups(verb)
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(verb)
    who = by.pk if by else None
    Activity.objects.bulk_create(
        [Activity(verb=verb, subject_type=kind, subject_id=pk, by_id=who, data=data) for pk in ids], batch_size=500
    )
    logger.info("%s %s %s by %s %s", verb, kind or "-", ",".join(str(pk or "-") for pk in ids), who or "-", data or "")
    return follow_ups


def _follow_ups(verb: str) -> tuple[FollowUp, ...]:
    flow: Mapping[str, tuple[FollowUp, ...]] = import_string(settings.FLOW)
    try:
        return flow[verb]
    except KeyError:
        raise UnknownVerb(verb) from None


def _kind(verb: str, subjects: list[models.Model]) -> str:
    kinds = {subject._meta.label_lower for subject in subjects}
    if len(kinds) > 1:
        raise MixedSubjects(f"{verb}: {', '.join(sorted(kinds))}")
    return kinds.pop() if kinds else ""
