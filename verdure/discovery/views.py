"""The results page, and a listing's page with its matches."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from verdure.engine.documents import IndexDamaged, IndexMissing, SearchUnavailable
from verdure.listings import content
from verdure.listings.models import Listing
from verdure.listings.pages.listing import listing_page
from verdure.listings.pages.rows import row

from . import queries
from .pages.results import Asked, results_page
from .pages.rows import match_row

MATCHES_SHOWN = 10
RETRY_AFTER = "60"  # seconds


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = Asked.read(request.GET)
    try:
        found = queries.search(asked.request())
        loosened = queries.loosened(asked.request()) if not found.results.total else ()
    except (IndexMissing, IndexDamaged):
        return _unanswered(request, "discovery/index_missing.html", asked)
    except SearchUnavailable:
        return _unanswered(request, "discovery/search_away.html", asked)
    page = results_page(asked, found, loosened=loosened)
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    template = "discovery/_results.html" if part else "discovery/results.html"
    answer = render(request, template, {"page": page, "q": asked.text})
    answer["Vary"] = "HX-Request"
    return answer


def _unanswered(request: HttpRequest, template: str, asked: Asked) -> HttpResponse:
    """Why there are no results just now. htmx shows nothing of a failure, so it is sent to the whole page."""
    answer = render(request, template, {"q": asked.text}, status=503)
    answer["Retry-After"] = RETRY_AFTER
    if request.headers.get("HX-Request"):
        answer["HX-Redirect"] = request.get_full_path()
    return answer


@require_safe
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(content.with_content(Listing.objects.all()).prefetch_related("attachments"), pk=pk)
    if not request.user.has_perm("listings.view_listing", found):
        raise Http404
    matches = list(queries.matches_of(found)[:MATCHES_SHOWN])
    also = queries.also_listed(found, matches)
    page = listing_page(
        found,
        person=request.user,
        version=request.GET.get("language", ""),
        matches=[match_row(match, also=also.get(match.pk, ())) for match in matches],
        matches_pending=found.is_public and queries.is_pending(found),
        similar=[row(other) for other in queries.similar(found)] if found.is_public else [],
    )
    return render(request, "listings/listing.html", {"page": page})
