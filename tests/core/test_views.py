from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import RequestFactory

from verdure.core.views import healthz

pytestmark = pytest.mark.django_db


def test_healthz_says_ok_when_the_database_answers(rf: RequestFactory) -> None:
    answer = healthz(rf.get("/healthz"))
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"ok\n", "text/plain")


def test_healthz_says_no_word_about_why_the_database_does_not_answer(rf: RequestFactory) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseError("password of the database: hunter2")

    with connection.execute_wrapper(refuse):
        answer = healthz(rf.get("/healthz"))
    assert (answer.status_code, answer.content) == (503, b"database unreachable\n")
