"""Pages of people and organisations."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from . import actions
from .forms import OrganisationForm, PersonForm
from .models import Organisation, User


@login_required
def person(request: HttpRequest) -> HttpResponse:
    """Name and language; from here to the pages of e-mail addresses and password."""
    me = cast(User, request.user)
    form = PersonForm(request.POST or None, instance=User.objects.get(pk=me.pk))
    if request.method == "POST" and form.is_valid():
        actions.change_person(me, name=form.cleaned_data["name"], language=form.cleaned_data["language"])
        messages.success(request, _("Saved."))
        return redirect("person")
    return render(request, "accounts/person.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
def found(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = actions.found_organisation(by=cast(User, request.user), **form.answers())
        messages.success(request, _("%s is registered. You can now list technologies and needs in its name.") % made)
        kind = request.GET.get("kind", "")
        return redirect(reverse("listing_new") + (f"?{urlencode({'kind': kind})}" if kind else ""))
    return render(request, "accounts/organisation_form.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
def change(request: HttpRequest, pk: int) -> HttpResponse:
    organisation = get_object_or_404(Organisation, pk=pk)
    if not request.user.has_perm("accounts.change_organisation", organisation):
        raise PermissionDenied
    # A form changes its instance even where it refuses it, so it gets one of its own.
    own = Organisation.objects.get(pk=pk)
    form = OrganisationForm(request.POST or None, request.FILES or None, instance=own)
    if request.method == "POST" and form.is_valid():
        actions.change_organisation(organisation, by=cast(User, request.user), **form.answers())
        messages.success(request, _("Saved."))
        return redirect(organisation)
    context = {"form": form, "organisation": organisation}
    return render(request, "accounts/organisation_form.html", context, status=422 if form.is_bound else 200)
