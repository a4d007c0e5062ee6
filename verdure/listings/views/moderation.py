"""The secretariat's side: the queue, a listing with its differences marked, the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from verdure.accounts.models import User

from .. import actions, content, words
from ..differences import differences
from ..forms import ApproveForm, MessageForm
from ..history import history
from ..models import Listing, State
from ..pages.listing import listing_page
from ..queries import to_moderate
from ..states import MoveRefused, possible

VERBS = {"take_up": "", "approve": "approve", "ask": "message", "reject": "message"}  # and the form each one reads
QUEUE_SHOWN = 50

View = Callable[..., HttpResponse]


def moderators_only(view: View) -> View:
    """Sign in first; whoever is signed in and no moderator is told so."""
    allowed: View = permission_required("listings.moderate_listing", raise_exception=True)(view)
    return login_required(allowed)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A listing in the queue."""

    pk: int
    kind: str
    title: str
    language: str
    organisation: str
    since: datetime
    taken_up: bool


def _in_queue(listing: Listing) -> Waiting:
    text = words.text_for_reader(listing)
    return Waiting(
        pk=listing.pk,
        kind=listing.kind,
        title=text.title,
        language=text.language,
        organisation=str(listing.organisation or ""),
        since=listing.submitted_at or listing.updated_at,
        taken_up=listing.state == State.IN_REVIEW,
    )


@moderators_only
def queue(request: HttpRequest) -> HttpResponse:
    return render(request, "listings/moderation.html", {**_queue_of(list(to_moderate())), "listing": None})


def _queue_of(waiting: list[Listing]) -> dict[str, object]:
    shown = [_in_queue(listing) for listing in waiting[:QUEUE_SHOWN]]
    return {"queue": shown, "queue_length": len(waiting), "queue_rest": len(waiting) - len(shown)}


@moderators_only
def review(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, pk, message_form=MessageForm(), approve_form=ApproveForm())


def _show(
    request: HttpRequest, pk: int, *, message_form: MessageForm, approve_form: ApproveForm, status: int = 200
) -> HttpResponse:
    listing = get_object_or_404(content.with_content(Listing.objects.exclude(state=State.DRAFT)), pk=pk)
    waiting = list(to_moderate())
    before, after = _neighbours([item.pk for item in waiting], pk)
    context = {
        **_queue_of(waiting),
        "listing": listing,
        "page": listing_page(listing, person=request.user, version=request.GET.get("language") or _original(listing)),
        "versions": [(text.language, words.language_name(text.language)) for text in listing.texts.all()],
        "differences": differences(listing),
        "is_own": not request.user.has_perm("listings.moderate_listing", listing),
        "verbs": possible(listing),
        "history": history(listing),
        "message_form": message_form,
        "approve_form": approve_form,
        "previous_url": reverse("moderation_review", args=[before]) if before else "",
        "next_url": reverse("moderation_review", args=[after]) if after else "",
    }
    return render(request, "listings/moderation.html", context, status=status)


def _original(listing: Listing) -> str:
    return listing.texts.all()[0].language


def _neighbours(ids: list[int], pk: int) -> tuple[int | None, int | None]:
    """The ones before and after in the queue; for one that has left it, the first of the queue is next."""
    if pk not in ids:
        return None, ids[0] if ids else None
    place = ids.index(pk)
    return (ids[place - 1] if place else None), (ids[place + 1] if place + 1 < len(ids) else None)


@moderators_only
@require_POST
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One answer; then on to the next that waits."""
    listing = get_object_or_404(Listing.objects.exclude(state=State.DRAFT), pk=pk)
    if verb not in VERBS:
        raise Http404
    form: Any = {"message": MessageForm, "approve": ApproveForm, "": MessageForm}[VERBS[verb]](request.POST)
    if VERBS[verb] and not form.is_valid():
        return _refused(request, pk, form)
    _before, after = _neighbours([item.pk for item in to_moderate()], pk)
    try:
        done = _decided(listing, verb, form.cleaned_data if VERBS[verb] else {}, by=cast(User, request.user))
    except MoveRefused as refused:
        messages.error(request, str(refused))
        return redirect("moderation_review", pk)
    messages.success(request, f"“{words.text_for_reader(listing).title}”: {done}")
    if verb == "take_up":
        return redirect("moderation_review", pk)
    return redirect("moderation_review", after) if after else redirect("moderation")


def _refused(request: HttpRequest, pk: int, form: MessageForm | ApproveForm) -> HttpResponse:
    """The page again, with what was typed in both forms, and what is wrong in the one that was sent."""
    typed = {name: request.POST.get(name, "") for name in ("message", "publish_at")}
    message_form = form if isinstance(form, MessageForm) else MessageForm(initial=typed)
    approve_form = form if isinstance(form, ApproveForm) else ApproveForm(initial=typed)
    return _show(request, pk, message_form=message_form, approve_form=approve_form, status=422)


def _decided(listing: Listing, verb: str, answers: dict[str, Any], *, by: User) -> str:
    if verb == "take_up":
        actions.take_up(listing, by=by)
        return _("you are on it; the owner can see that.")
    if verb == "approve":
        actions.approve(listing, by=by, publish_at=answers["publish_at"])
        return (
            _("published.") if listing.state == State.PUBLISHED else _("approved; it is published at the time you set.")
        )
    message = answers["message"]
    if verb == "ask":
        actions.ask_for_changes(listing, message, by=by)
        return _("the owner is asked for changes.")
    actions.reject(listing, message, by=by)
    return _("rejected; the owner can read why.")
