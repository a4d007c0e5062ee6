"""Uploading a list: choose the file, look at what it will become, start, see how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from verdure.accounts.models import User
from verdure.accounts.queries import organisations_to_write_for
from verdure.core.uploads import is_too_large

from .. import imports, words
from ..formats import UnknownFormat, template_csv, template_xlsx
from ..forms.imports import MappingForm, OptionsForm, UploadForm
from ..imports import Options, Preview
from ..models import ImportRun, Kind
from ..records import ListingRecord

TEMPLATES = {
    "csv": (template_csv, "text/csv; charset=utf-8"),
    "xlsx": (template_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
RUNS_SHOWN = 10


@login_required
def upload(request: HttpRequest) -> HttpResponse:
    person = cast(User, request.user)
    trusted = person.has_perm("listings.import_listings")
    if not trusted and not organisations_to_write_for(person).exists():
        return render(request, "listings/imports/upload.html", {"form": None})
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    too_large = bool(sent) and is_too_large(request)
    form = UploadForm(*sent, person=person, trusted=trusted, too_large=too_large)
    if request.method == "POST" and form.is_valid() and (run := _received(form, by=person)):
        return redirect("import_run", run.pk)
    runs = ImportRun.objects.filter(by=person, uploaded=True)[:RUNS_SHOWN]
    status = 413 if too_large else 422 if form.is_bound else 200
    return render(request, "listings/imports/upload.html", {"form": form, "runs": runs, "kinds": Kind}, status=status)


def _received(form: UploadForm, *, by: User) -> ImportRun | None:
    answers = form.cleaned_data
    try:
        return imports.receive(answers["file"], by=by, owner=answers["organisation"])
    except UnknownFormat as error:
        form.add_error("file", _("“%(name)s” %(reason)s") % {"name": answers["file"].name, "reason": error})
        return None


@require_GET
def template(request: HttpRequest, ending: str) -> HttpResponse:
    """A table to fill in."""
    kind = request.GET.get("kind", "")
    if ending not in TEMPLATES or kind not in ("", *Kind.values):
        raise Http404
    make, content_type = TEMPLATES[ending]
    name = f"verdure-{kind or 'listings'}.{ending}"
    return HttpResponse(
        make(kind), content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _own_run(request: HttpRequest, pk: int) -> ImportRun:
    """The run, or 404 for one that is another person's."""
    runs = ImportRun.objects.select_related("organisation")
    return get_object_or_404(runs, pk=pk, by=cast(User, request.user), uploaded=True)


@login_required
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Before the start: the preview. Then how far it is, and what came of it."""
    found = _own_run(request, pk)
    if found.state == ImportRun.State.READY:
        return _ready(request, found)
    if not request.headers.get("HX-Request"):
        return render(request, "listings/imports/run.html", _standing(found))
    if found.state == ImportRun.State.RUNNING:
        return render(request, "components/progress.html", _standing(found)["progress"])
    return HttpResponse(headers={"HX-Refresh": "true"})


@dataclass(frozen=True, slots=True)
class Read:
    """A record as it will read."""

    record: ListingRecord
    country: str
    fields: list[str]

    @property
    def text(self) -> Any:
        return self.record.texts[0]


def _ready(request: HttpRequest, found: ImportRun) -> HttpResponse:
    trusted = found.organisation is None
    options = Options.from_json(found.options)
    shown = imports.preview(found)
    data = request.POST if request.method == "POST" else None
    initial = options.to_json()
    form = OptionsForm(data, trusted=trusted, initial=initial)
    mapping = MappingForm(data, headers=shown.headers, mapping=options.mapping)
    if data is None or not (form.is_valid() and mapping.is_valid()):
        return _show_preview(request, found, shown, form, mapping)
    try:
        imports.adjust(found, form.applied_to(options, mapping.mapping()))
        if "start" in data:
            imports.start(found)
    except imports.NotStartable:
        messages.error(request, _("This import is under way already."))
    return redirect("import_run", found.pk)


def _show_preview(
    request: HttpRequest, found: ImportRun, shown: Preview, form: OptionsForm, mapping: MappingForm
) -> HttpResponse:
    context = {
        "run": found,
        "preview": shown,
        "records": [_read(record) for record in shown.records],
        "form": form,
        "mapping": mapping,
    }
    return render(request, "listings/imports/preview.html", context, status=422 if form.is_bound else 200)


def _read(record: ListingRecord) -> Read:
    owner = record.organisation
    return Read(
        record, words.country_name(owner.country) if owner else "", [words.field_label(code) for code in record.fields]
    )


def _standing(found: ImportRun) -> dict[str, Any]:
    rejected = _("%s rejected so far") % found.rejected if found.rejected else ""
    progress = {
        "label": _("Loading") if found.started_at else _("Waits for its turn"),
        "value": found.position,
        "total": max(found.total, found.position) if found.total else None,
        "detail": rejected,
        "url": found.get_absolute_url(),
    }
    return {"run": found, "progress": progress, "rejects": imports.first_rejects(found, RUNS_SHOWN)}


@login_required
@require_POST
def steer(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    found = _own_run(request, pk)
    if verb == "stop":
        imports.interrupt(found)
    elif verb == "discard":
        imports.discard(found)
        messages.success(request, _("The upload is discarded. Nothing was loaded."))
        return redirect("import")
    elif verb == "start":
        _go_on(request, found)
    else:
        raise Http404
    return redirect("import_run", pk)


def _go_on(request: HttpRequest, found: ImportRun) -> None:
    try:
        imports.start(found)
    except imports.NotStartable:
        messages.error(
            request, _("This import cannot go on: it is under way, or its file is no longer kept. Upload it again.")
        )


@login_required
@require_GET
def rejects(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """What was not loaded and why, as a table."""
    found = _own_run(request, pk)
    if not found.rejects_size or not imports.rejects_path(found).exists():
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="import-{found.pk}-rejects.csv"'}
    return StreamingHttpResponse(
        imports.rejects_content(found), content_type="text/csv; charset=utf-8", headers=headers
    )
