"""Home, my desk, the jobs that failed, and the pages about the site."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, user_passes_test
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verdure.accounts.models import User
from verdure.core import jobs as core_jobs
from verdure.core.markdown import to_html
from verdure.core.queries import dead_letters, living_workers, queue_states

from .desk import desk_page
from .pages import home_page

HELP = Path(__file__).resolve().parents[2] / "docs" / "help"


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "discovery/home.html", {"page": home_page()})


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    page = desk_page(cast(User, request.user), number=request.GET.get("page", "1"))
    return render(request, "insight/desk.html", {"page": page})


def _secretariat(user: object) -> bool:
    """Visitors are asked to sign in; whoever is signed in and not of the secretariat is told so."""
    if getattr(user, "is_authenticated", False) and not getattr(user, "is_staff", False):
        raise PermissionDenied
    return bool(getattr(user, "is_authenticated", False))


@user_passes_test(_secretariat)
def jobs(request: HttpRequest) -> HttpResponse:
    """What failed for good, to be read, mended and replayed; and how the queues stand."""
    context = {"dead_letters": dead_letters(), "queues": queue_states(), "workers": living_workers()}
    return render(request, "insight/jobs.html", context)


@user_passes_test(_secretariat)
@require_POST
def settle_job(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    if verb not in ("replay", "discard"):
        raise Http404
    try:
        getattr(core_jobs, verb)(pk, by=cast(User, request.user))
    except core_jobs.NotADeadLetter:
        messages.error(request, _("This job is no longer among those that failed; somebody was quicker."))
    else:
        messages.success(request, _("The job runs again.") if verb == "replay" else _("The job is discarded."))
    return redirect("jobs")


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A page about the site, in the reader's language where there is one, else in English.

    The operator's own text in the folder `pages` of the data folder goes before the one that comes with Verdure.
    """
    wanted = (getattr(request, "LANGUAGE_CODE", "") or "en").partition("-")[0]
    for folder in (settings.HOME / "pages", HELP):
        for language, path in ((wanted, folder / f"{slug}.{wanted}.md"), ("en", folder / f"{slug}.md")):
            if path.is_file():
                title, _sep, body = path.read_text(encoding="utf-8").removeprefix("# ").partition("\n")
                context = {"title": title, "body": to_html(body, top=2), "written_in": language}
                return render(request, "insight/page.html", context)
    raise Http404
