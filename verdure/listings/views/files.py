"""Pictures and documents that are kept with a listing."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from verdure.accounts.models import User

from .. import actions
from ..forms import AttachmentForm
from ..models import Attachment, Listing
from .writing import may_change, own_listing


def _to_change(request: HttpRequest, pk: int) -> Listing:
    listing = own_listing(request, pk)
    if not may_change(request, listing):
        raise PermissionDenied
    return listing


@login_required
@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    listing = _to_change(request, pk)
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "listings/attach.html", {"listing": listing, "form": form}, status=422)
    file = form.cleaned_data["file"]
    by = cast(User, request.user)
    actions.attach(listing, file, use=form.use_of(file), caption=form.cleaned_data["caption"], by=by)
    messages.success(request, _("The file is kept with the listing."))
    return redirect("listing_step", pk, "links")


@login_required
@require_POST
def detach(request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
    listing = _to_change(request, pk)
    actions.detach(get_object_or_404(listing.attachments, pk=attachment), by=cast(User, request.user))
    messages.success(request, _("The file is removed."))
    return redirect("listing_step", pk, "links")


@require_GET
def download(request: HttpRequest, pk: int, attachment: int) -> FileResponse:
    """A file, for whoever may see its listing. Pictures are shown, documents are saved, never run."""
    listing = get_object_or_404(Listing.objects.select_related("organisation"), pk=pk)
    if not request.user.has_perm("listings.view_listing", listing):
        raise Http404
    found = get_object_or_404(listing.attachments, pk=attachment)
    shown = found.use == Attachment.Use.PICTURE
    return FileResponse(found.file.open("rb"), as_attachment=not shown, filename=found.name)
