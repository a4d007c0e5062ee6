"""An organisation's public page, with what it offers and needs."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from verdure.accounts.models import Organisation

from .. import words
from ..pages.paging import numbered, page_of, pages_of
from ..pages.rows import row
from ..queries import counts_of, public_of


@require_safe
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """Technologies before needs, the newest first, in pages."""
    found = get_object_or_404(Organisation, pk=pk)
    page = page_of(public_of(found), request.GET.get("page", "1"))
    context = {
        "organisation": found,
        "country_name": words.country_name(found.country),
        "counts": counts_of(found),
        "rows": [row(listing) for listing in page],
        "pages": pages_of(page, url=numbered()),
        "may_change": request.user.has_perm("accounts.change_organisation", found),
    }
    return render(request, "listings/organisation.html", context)


@require_safe
def logo(request: HttpRequest, pk: int) -> FileResponse:
    found = get_object_or_404(Organisation, pk=pk)
    if not found.logo:
        raise Http404
    return FileResponse(found.logo.open("rb"))
