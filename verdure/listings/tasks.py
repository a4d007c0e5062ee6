"""Jobs about listings."""

from __future__ import annotations

import logging
from contextlib import suppress

from django.core.exceptions import PermissionDenied

from verdure.core.jobs import job

from . import actions, imports
from .models import ImportRun

logger = logging.getLogger(__name__)

TO_RUN = (ImportRun.State.RUNNING, ImportRun.State.FAILED)


@job()
def run_imports(ids: list[int]) -> None:
    """Runs uploads that were started, each from its checkpoint; a failed one is tried again with the job itself."""
    for run in ImportRun.objects.filter(pk__in=ids, state__in=TO_RUN):
        with suppress(imports.Stopped):
            _run(run)


def _run(run: ImportRun) -> None:
    try:
        imports.go_on(run)
    except PermissionDenied:
        logger.warning("import %s: %s may no longer load these records", run.pk, run.by)
        imports.fail(run)
    except (imports.AlreadyRunning, imports.Stopped):
        raise
    except Exception:
        imports.fail(run)
        raise
    else:
        imports.drop_upload(run)


@job()
def forget_old_imports() -> int:
    return imports.forget()


@job()
def tell_submitted(ids: list[int]) -> int:
    return actions.tell("listing.submitted", ids)


@job()
def tell_changes_requested(ids: list[int]) -> int:
    return actions.tell("listing.changes_requested", ids)


@job()
def tell_rejected(ids: list[int]) -> int:
    return actions.tell("listing.rejected", ids)


@job()
def tell_approved(ids: list[int]) -> int:
    return actions.tell("listing.approved", ids)


@job()
def tell_published(ids: list[int]) -> int:
    return actions.tell("listing.published", ids)


@job()
def tell_paused(ids: list[int]) -> int:
    return actions.tell("listing.paused", ids)


@job()
def tell_expired(ids: list[int]) -> int:
    return actions.tell("listing.expired", ids)


@job()
def publish_due() -> int:
    return actions.publish_due()


@job()
def expire_due() -> int:
    return actions.expire_due()


@job()
def remind_due() -> int:
    return actions.remind_due()
