"""The provider's and seeker's side: write a listing in steps. Each step is saved on its own, and while one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from verdure.accounts.models import User
from verdure.accounts.queries import organisations_to_write_for

from .. import actions, checks, content
from ..differences import between_records
from ..forms import AttachmentForm, Step, step_named, steps_for
from ..forms.base import SITE_LANGUAGES, reader_language
from ..models import Kind, Listing, State
from ..records import ListingRecord, TextRecord

# A public listing changes when its owner says so, not while typing.
AUTOSAVED = (State.DRAFT, State.CHANGES_REQUESTED)


def own_listing(request: HttpRequest, pk: int) -> Listing:
    """The listing, for those who write for its organisation; 404 for those who may not know of it."""
    listing = get_object_or_404(content.with_content(Listing.objects.all()), pk=pk)
    if not request.user.has_perm("listings.view_listing", listing):
        raise Http404
    if not request.user.has_perm("listings.steer_listing", listing):
        raise PermissionDenied
    return listing


def may_change(request: HttpRequest, listing: Listing) -> bool:
    return request.user.has_perm("listings.change_listing", listing)


@login_required
def choose_kind(request: HttpRequest) -> HttpResponse:
    """The first question: offer or need? Somebody without an organisation registers one first."""
    kind = request.GET.get("kind", "")
    if kind in Kind.values:
        return redirect("listing_begin", kind)
    organisations = organisations_to_write_for(request.user)
    return render(request, "listings/choose_kind.html", {"organisations": organisations})


@never_cache
@login_required
def begin(request: HttpRequest, kind: str) -> HttpResponse:
    """The first step; saving it makes the draft."""
    if kind not in Kind.values:
        raise Http404
    organisations = organisations_to_write_for(request.user)[:2]
    if not organisations:
        messages.info(request, _("First register the organisation in whose name you list. It takes a minute."))
        return redirect(f"{reverse('organisation_new')}?kind={kind}")
    found = steps_for(kind)[0]
    form = found.bound(request.POST if request.method == "POST" else None, None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            return _begun(request, form, ListingRecord(kind=kind, texts=(TextRecord(language="en", title=""),)))
        except checks.ContentRefused as refused:
            form.refuse(refused.problems)
    language = reader_language().partition("-")[0]
    form.initial |= {"language": language if language in SITE_LANGUAGES else "en"}
    if len(organisations) == 1:
        form.initial |= {"organisation": organisations[0]}
    return _show(request, found, form, kind=kind, listing=None)


def _begun(request: HttpRequest, form: Any, blank: ListingRecord) -> HttpResponse:
    by = cast(User, request.user)
    listing = actions.start(form.applied_to(blank), organisation=form.cleaned_data["organisation"], by=by)
    messages.success(request, _("Your draft is kept. You can leave at any time and go on later."))
    return redirect("listing_step", listing.pk, steps_for(listing.kind)[1].slug)


@never_cache
@login_required
def step(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    listing = own_listing(request, pk)
    found = _step_named(listing, slug)
    record = content.record_of(listing)
    if request.method != "POST":
        if not may_change(request, listing):
            messages.info(request, _closed(listing))
            return redirect("listing_edit", pk)
        form = found.bound(None, record, person=request.user)
        if found.slug == "basics":
            form.initial["organisation"] = listing.organisation
        return _show(request, found, form, kind=listing.kind, listing=listing, seal=found.seal(record))
    form = found.bound(request.POST, record, person=request.user)
    if not may_change(request, listing):
        return _show(request, found, form, kind=listing.kind, listing=listing, closed=_closed(listing), status=409)
    return _saved(request, listing, found, form, record) or _after(request, listing, found, form, record)


def _step_named(listing: Listing, slug: str) -> Step:
    found = step_named(listing.kind, slug)
    if found is None:
        raise Http404
    return found


def _closed(listing: Listing) -> str:
    state = listing.get_state_display()
    return (
        _("This listing is “%s” now and cannot be changed. Withdraw it or take it up again to go on writing.") % state
    )


def _saved(
    request: HttpRequest, listing: Listing, found: Step, form: Any, record: ListingRecord
) -> HttpResponse | None:
    """None when the step is saved; else the same page with what was typed and what is wrong."""
    seal, kind = request.POST.get("version") or found.seal(record), listing.kind
    if not form.is_valid():
        return _show(request, found, form, kind=kind, listing=listing, seal=seal)
    try:
        _save(request, listing, found, form, record)
    except checks.ContentRefused as refused:
        form.refuse(refused.problems)
        return _show(request, found, form, kind=kind, listing=listing, seal=seal)
    except actions.EditConflict:
        return _conflict(request, listing, found, form)
    return None


def _save(request: HttpRequest, listing: Listing, found: Step, form: Any, record: ListingRecord) -> None:
    """Only this step's answers are at stake: what others saved in other steps meanwhile stays."""
    seal, mine = found.seal(record), form.applied_to(record)
    if request.POST.get("version", "") not in ("", seal) and found.seal(mine) != seal:
        raise actions.EditConflict
    organisation = form.cleaned_data.get("organisation") if found.slug == "basics" else None
    if found.seal(mine) == seal and organisation in (None, listing.organisation):
        return
    actions.change(listing, mine, by=cast(User, request.user), version=listing.version, organisation=organisation)


def _conflict(request: HttpRequest, listing: Listing, found: Step, form: Any) -> HttpResponse:
    """What is stored beside what was typed; saving once more puts the second in the place of the first."""
    fresh = own_listing(request, listing.pk)
    record = content.record_of(fresh)
    both = between_records(record, form.applied_to(record))
    seal = found.seal(record)
    return _show(request, found, form, kind=fresh.kind, listing=fresh, seal=seal, conflict=both, status=409)


def _after(request: HttpRequest, listing: Listing, found: Step, form: Any, record: ListingRecord) -> HttpResponse:
    if "stay" in request.POST:
        messages.success(request, _("Saved."))
        return redirect("listing_step", listing.pk, found.slug)
    if again := form.asks_again(record):
        messages.info(request, again)
        return redirect("listing_step", listing.pk, found.slug)
    steps = steps_for(listing.kind)
    following = steps[steps.index(found) + 1 :]
    if following:
        return redirect("listing_step", listing.pk, following[0].slug)
    return redirect("listing_edit", listing.pk)


def _show(
    request: HttpRequest,
    found: Step,
    form: Any,
    *,
    kind: str,
    listing: Listing | None,
    status: int | None = None,
    **more: object,
) -> HttpResponse:
    steps = steps_for(kind)
    number = steps.index(found) + 1
    context = {
        "step": found,
        "progress": progress(kind, number, listing),
        "autosaves": listing is not None and listing.state in AUTOSAVED and not more.keys() & {"closed", "conflict"},
        "steps": steps,
        "number": number,
        "before": steps[number - 2] if number > 1 else None,
        "form": form,
        "kind": kind,
        "listing": listing,
        "attachment_form": AttachmentForm() if found.slug == "links" else None,
        **more,
    }
    return render(request, found.template, context, status=status or (422 if form.is_bound else 200))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands for the person: done, now or next; and whether something in it is missing."""

    slug: str
    label: Promise
    state: str
    url: str
    missing: bool = False


def progress(kind: str, number: int, listing: Listing | None, missing: frozenset[str] = frozenset()) -> list[Place]:
    """The steps as places, the one of that number being now (0: all are done)."""
    return [
        Place(
            found.slug,
            found.label,
            "now" if n == number else "done" if n < number or not number else "next",
            reverse("listing_step", args=[listing.pk, found.slug]) if listing else "",
            found.slug in missing,
        )
        for n, found in enumerate(steps_for(kind), 1)
    ]


@require_POST
def autosave(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """A step as far as it is typed. 204: all is kept. 422: what is valid is kept. 401, 409: nothing is, as nobody is
    signed in any more, or somebody else was quicker; the page then says what saving by hand will show."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    listing = own_listing(request, pk)
    found = _step_named(listing, slug)
    if listing.state not in AUTOSAVED or not may_change(request, listing):
        return HttpResponse(status=409)
    record = content.record_of(listing)
    form = found.bound(request.POST, record, person=request.user)
    whole = form.is_valid()
    if not whole and found.is_repeated:
        return HttpResponse(status=422)
    try:
        _save(request, listing, found, form, record)
    except checks.ContentRefused:
        return HttpResponse(status=422)
    except actions.EditConflict:
        return HttpResponse(status=409)
    return HttpResponse(status=204 if whole else 422, headers={"X-Version": found.seal(form.applied_to(record))})
