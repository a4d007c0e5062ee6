"""The secretariat's page of work in the background: what failed for good, to be run again or discarded."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from tests.make import make_moderator, make_user
from verdure.core.models import Activity
from verdure.listings.tasks import tell_published

pytestmark = pytest.mark.django_db
Letter = DBTaskResult[..., object]


@pytest.fixture
def letter() -> Letter:
    """A job that failed for the last time."""
    pk = tell_published.enqueue([7]).id
    DBTaskResult.objects.filter(pk=pk).update(
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        worker_ids=["a", "b"],
        exception_class_path="builtins.OSError",
        traceback="Traceback (most recent call last):\nOSError: mailbox <full>\n",
    )
    return DBTaskResult.objects.get(pk=pk)


def settle(letter: Letter, verb: str) -> str:
    return reverse("settle_job", args=[letter.pk, verb])


def test_page_is_for_the_secretariat(client: Client, letter: Letter) -> None:
    assert client.get(reverse("jobs"))["Location"] == f"{reverse('account_login')}?next={reverse('jobs')}"
    client.force_login(make_user())
    assert (client.get(reverse("jobs")).status_code, client.post(settle(letter, "discard")).status_code) == (403, 403)
    assert DBTaskResult.objects.count() == 1


def test_failed_job_is_shown_with_its_cause(client: Client, letter: Letter) -> None:
    client.force_login(make_moderator())
    page = client.get(reverse("jobs"))
    (shown,) = page.context["dead_letters"]
    assert (shown.task, shown.arguments, shown.attempts, shown.error) == (
        "verdure.listings.tasks.tell_published", "[7]", 2, "OSError: mailbox <full>",
    )  # fmt: skip
    html = page.content.decode()
    assert ("mailbox &lt;full&gt;" in html, "No worker is alive" in html) == (True, True)


def test_page_without_failures_says_so(client: Client) -> None:
    client.force_login(make_moderator())
    page = client.get(reverse("jobs"))
    assert (page.status_code, page.context["dead_letters"]) == (200, [])
    assert "No job has failed for good" in page.content.decode()


def test_job_runs_again(client: Client, letter: Letter) -> None:
    moderator = make_moderator()
    client.force_login(moderator)
    answer = client.post(settle(letter, "replay"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("jobs"))
    letter.refresh_from_db()
    assert (letter.status, letter.worker_ids) == (TaskResultStatus.READY, [])
    assert Activity.objects.get(verb="job.replayed").by == moderator


def test_job_is_discarded(client: Client, letter: Letter) -> None:
    client.force_login(make_moderator())
    client.post(settle(letter, "discard"))
    assert DBTaskResult.objects.count() == 0


def test_job_that_somebody_else_settled_is_told(client: Client, letter: Letter) -> None:
    client.force_login(make_moderator())
    client.post(settle(letter, "replay"))
    page = client.post(settle(letter, "discard"), follow=True).content.decode()
    assert "somebody was quicker" in page
    assert DBTaskResult.objects.count() == 1


def test_other_verbs_and_links_are_refused(client: Client, letter: Letter) -> None:
    client.force_login(make_moderator())
    assert client.post(settle(letter, "praise")).status_code == 404
    assert client.get(settle(letter, "discard")).status_code == 405
    assert client.post(reverse("settle_job", args=[uuid4(), "replay"])).status_code == 302
