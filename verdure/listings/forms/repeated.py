"""Steps that ask the same questions any number of times: claims, patents, versions in other languages."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .. import checks
from ..models import SUMMARY_LIMIT, TITLE_LIMIT, Kind, Patent
from ..records import ClaimRecord, ListingRecord, PatentRecord, TextRecord
from .base import DayField, LinesField, NumberField, capitalised, language_choices
from .single import long_text


class ClaimForm(forms.Form):
    metric = forms.CharField(
        label=_("What is measured"), max_length=200, help_text=_("Example: electricity for one cubic metre of water.")
    )
    value = NumberField(label=_("Reached"), max_digits=24, decimal_places=8)
    baseline = NumberField(label=_("Before, or usual today"), required=False, max_digits=24, decimal_places=8)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=60, help_text=_("Example: kWh/m³."))
    conditions = forms.CharField(
        label=_("Conditions"), required=False, max_length=500, help_text=_("Example: sea water at 25 °C, 35 g/l salt.")
    )
    source = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=500,
        help_text=_("A report, a paper, or “own test”, with its year."),
    )


class PatentForm(forms.Form):
    office = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=_("Office"),
        help_text=_("Two letters, such as EP, US or WO."),
        error_messages={"invalid": _("Give two letters, such as EP, US or WO.")},
    )
    number = forms.CharField(label=_("Number"), max_length=40)
    kind_code = forms.CharField(label=_("Kind code"), required=False, max_length=4, help_text=_("Example: B1."))
    status = forms.ChoiceField(
        label=_("Status"), choices=capitalised(Patent.Status.choices), initial=Patent.Status.APPLIED
    )
    filed = DayField(label=_("Filed"))
    expires = DayField(label=_("Expires"))

    def clean_office(self) -> str:
        return str(self.cleaned_data["office"]).upper()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        filed, expires = answers.get("filed"), answers.get("expires")
        if filed and expires and filed >= expires:
            self.add_error("expires", _("It expires before it was filed."))
        return answers


class VersionForm(forms.Form):
    """A version of the text in another language."""

    language = forms.ChoiceField(
        label=_("Language"), choices=lambda: [("", _("Choose a language")), *language_choices()]
    )
    title = forms.CharField(label=_("Title"), max_length=TITLE_LIMIT)
    summary = forms.CharField(
        label=_("Summary"), required=False, max_length=SUMMARY_LIMIT, widget=forms.Textarea(attrs={"rows": 2})
    )
    description = long_text(_("How it works"), "", rows=4)
    advantages = long_text(_("Advantages"), "", rows=3)
    problem = long_text(_("The problem"), "", rows=4)
    context = long_text(_("Context and constraints"), "", rows=3)
    specification = long_text(_("What a solution must reach"), "", rows=3)
    comparison = long_text(_("What will be compared"), "", rows=2)
    keywords = LinesField(label=_("Keywords"), required=False, max_length=1000)
    origin = forms.ChoiceField(
        label=_("Who wrote it"), choices=[("human", _("A person")), ("machine", _("A machine"))], initial="human"
    )


class Repeated(BaseFormSet[forms.Form]):
    """A form set with the same ends as a `RecordForm`: initial values from a record, answers into a record.

    One that is emptied, or ticked to be taken out, is gone.
    """

    NAME: ClassVar[str]
    ONE: ClassVar[Any]  # what one of them is called
    FIRST: ClassVar[int] = 0  # of the record's items, the first that is asked here

    @classmethod
    def initial_of(cls, record: ListingRecord) -> list[dict[str, Any]]:
        return [dataclasses.asdict(item) for item in getattr(record, cls.NAME)[cls.FIRST :]]

    def applied_to(self, record: ListingRecord) -> ListingRecord:
        items = tuple(self.item(form.cleaned_data, record) for form in self.kept())
        whole: dict[str, Any] = {self.NAME: (*getattr(record, self.NAME)[: self.FIRST], *items)}
        return dataclasses.replace(record, **whole)

    def item(self, answers: dict[str, Any], record: ListingRecord) -> Any:
        raise NotImplementedError

    def kept(self) -> list[forms.Form]:
        """The forms that were filled in and not taken out."""
        return [form for form in self.forms if form.has_changed() and not form.cleaned_data.get("DELETE")]

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.empty_permitted = True  # an emptied one is taken out
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Take this one out")

    def refuse(self, problems: Iterable[checks.Problem]) -> None:
        """Show what the action found wrong at the field it belongs to: "claims[2].value" is one of the third kept."""
        kept = self.kept()
        for problem in problems:
            found = re.fullmatch(rf"{self.NAME}\[(\d+)\]\.(\w+)", problem.column)
            place = int(found[1]) - self.FIRST if found else -1
            if found and 0 <= place < len(kept):
                kept[place].add_error(found[2] if found[2] in kept[place].fields else None, capfirst(problem.message))
            else:
                self.non_form_errors().append(capfirst(problem.message))

    def asks_again(self, before: ListingRecord) -> str:
        return ""


class RepeatedClaims(Repeated):
    NAME = "claims"
    ONE = _("Number")

    def item(self, answers: dict[str, Any], record: ListingRecord) -> ClaimRecord:
        return ClaimRecord(**_without_delete(answers))


class RepeatedPatents(Repeated):
    NAME = "patents"
    ONE = _("Patent")

    def item(self, answers: dict[str, Any], record: ListingRecord) -> PatentRecord:
        return PatentRecord(**_without_delete(answers))


class RepeatedVersions(Repeated):
    """All versions but the original, which the first steps ask."""

    NAME = "texts"
    ONE = _("Version")
    FIRST = 1

    def item(self, answers: dict[str, Any], record: ListingRecord) -> TextRecord:
        """What the form does not ask stays as that version had it."""
        known = {text.language: text for text in record.texts[1:]}
        fresh = TextRecord(language=answers["language"], title="", made_from=record.texts[0].language)
        version = dataclasses.replace(known.get(answers["language"], fresh), **_without_delete(answers))
        return version if version.made_from else dataclasses.replace(version, made_from=fresh.made_from)

    def clean(self) -> None:
        languages = [form.cleaned_data["language"] for form in self.kept() if "language" in form.cleaned_data]
        if len(set(languages)) < len(languages):
            raise forms.ValidationError(_("There are two versions in the same language; keep one."))


def _without_delete(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if name != "DELETE"}


class TechnologyVersionForm(VersionForm):
    problem = context = specification = comparison = None  # type: ignore[assignment]  # Django's way to leave them out


class NeedVersionForm(VersionForm):
    description = advantages = None  # type: ignore[assignment]


def repeated(form: type[forms.Form], base: type[Repeated]) -> type[Repeated]:
    """At most twenty, one empty form to begin with."""
    made = formset_factory(
        form, formset=base, extra=1, can_delete=True, can_delete_extra=False, max_num=20, validate_max=True
    )
    return cast(type[Repeated], made)


ClaimSet = repeated(ClaimForm, RepeatedClaims)
PatentSet = repeated(PatentForm, RepeatedPatents)
VERSION_SETS = {
    Kind.TECHNOLOGY: repeated(TechnologyVersionForm, RepeatedVersions),
    Kind.NEED: repeated(NeedVersionForm, RepeatedVersions),
}
