"""An own listing as a whole: what is written and missing, where it stands, what one can do with it, its versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from verdure.accounts.models import User

from .. import actions, checks, content, words
from ..differences import Difference, between, label
from ..forms import step_of
from ..history import history
from ..models import Kind, Listing, Revision, State
from ..records import to_json
from ..states import MoveRefused, possible
from .writing import may_change, own_listing, progress

STEERING = {
    "submit": actions.submit,
    "pause": actions.pause,
    "resume": actions.resume,
    "reconfirm": actions.reconfirm,
    "withdraw": actions.withdraw,
    "archive": actions.archive,
    "reopen": actions.reopen,
}

CONFIRM_FROM = timedelta(days=60)  # before that, confirming anew would say little


@login_required
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """What is written, what is missing, and what can be done from here."""
    listing = own_listing(request, pk)
    missing = [
        (problem, step_of(listing.kind, problem.column)) for problem in checks.missing(content.record_of(listing))
    ]
    context = {
        "listing": listing,
        "title": words.text_for_reader(listing).title,
        "steps": progress(listing.kind, 0, listing, frozenset(slug for _problem, slug in missing)),
        "missing": missing,
        "verbs": possible(listing),
        "is_past": _is_past(listing),
        "is_ending": listing.expires_at is not None and listing.expires_at <= timezone.now() + CONFIRM_FROM,
        "may_change": may_change(request, listing),
        "history": history(listing),
        "versions": listing.revisions.count(),
    }
    return render(request, "listings/overview.html", context)


def _is_past(listing: Listing) -> bool:
    """A need whose deadline has gone by; made public again, it would expire within minutes."""
    return listing.kind == Kind.NEED and listing.deadline is not None and listing.deadline < timezone.now().date()


@login_required
@require_POST
def steer(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    listing = own_listing(request, pk)
    if verb not in STEERING:
        raise Http404
    try:
        STEERING[verb](listing, by=cast(User, request.user))
    except actions.NotReady:
        messages.error(request, _("Something is still missing; it is listed below."))
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _done(verb))
    return redirect("listing_edit", pk)


def _done(verb: str) -> str:
    return {
        "submit": _("Handed in. A moderator will look at it; you will be told."),
        "pause": _("Paused. Nobody sees it until you resume."),
        "resume": _("It is public again."),
        "reconfirm": _("Confirmed for another year."),
        "withdraw": _("Withdrawn. It is out of the search and of all matches."),
        "archive": _("Put away. It is at the end of your desk, and you can take it up again."),
        "reopen": _("It is a draft again."),
    }[verb]


@dataclass(frozen=True, slots=True)
class Version:
    """A kept content: who saved it, and what putting it back would change."""

    revision: Revision
    by: str
    differences: tuple[Difference, ...]


@login_required
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """What was handed in or public before, each against what is stored now, to be put back."""
    listing = own_listing(request, pk)
    now = to_json(content.record_of(listing))
    revisions = listing.revisions.select_related("by")[:20]
    context = {
        "listing": listing,
        "title": words.text_for_reader(listing).title,
        "versions": [Version(found, str(found.by or ""), between(now, found.record)) for found in revisions],
        "may_change": may_change(request, listing),
        "is_public": listing.state == State.PUBLISHED,
    }
    return render(request, "listings/versions.html", context)


@login_required
@require_POST
def restore(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    listing: Listing = own_listing(request, pk)
    if not may_change(request, listing):
        raise PermissionDenied
    try:
        actions.restore(get_object_or_404(listing.revisions, version=version), by=cast(User, request.user))
    except checks.ContentRefused as refused:
        for problem in refused.problems:
            messages.error(request, f"{label(problem.column)}: {capfirst(problem.message)}")
        return redirect("listing_versions", pk)
    messages.success(request, _("The earlier version is back. What it replaced is kept below."))
    return redirect("listing_versions", pk)
