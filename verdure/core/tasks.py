"""The house's own periodic tasks."""

from __future__ import annotations

from . import jobs
from .jobs import job


@job()
def forget_successes() -> int:
    return jobs.forget_successes()
