"""Steps that ask one set of questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from verdure.accounts.models import Organisation
from verdure.accounts.queries import organisations_to_write_for
from verdure.accounts.rules import Person

from .. import taxonomy, words
from ..models import SUMMARY_LIMIT, TEXT_LIMIT, TITLE_LIMIT, IpStatus, Role
from ..records import ListingRecord
from .base import (
    CodesField,
    CurrencyField,
    DayField,
    DealsField,
    GoalsField,
    LinesField,
    NumberField,
    PlacesField,
    ReadinessField,
    RecordForm,
    TupleField,
    capitalised,
    field_choices,
    language_choices,
)
from .tree import Tree

MOST_FIELDS = 5


def long_text(label: Any, hint: Any, *, rows: int = 6) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=False, max_length=TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": rows})
    )


class BasicsForm(RecordForm):
    TEXTS = ("language", "title", "summary")

    organisation = forms.ModelChoiceField(label=_("In whose name"), queryset=Organisation.objects.none())
    language = forms.ChoiceField(label=_("Language you write in"), choices=language_choices)
    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_LIMIT,
        help_text=_("What it is, in plain words. Example: “Solar still that makes 4 litres of drinking water a day”."),
    )
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=SUMMARY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One or two sentences that a reader in a hurry can decide on."),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = organisations_to_write_for(person)
        field.empty_label = None if field.queryset.count() == 1 else gettext("Choose an organisation")


class TechnologyTextForm(RecordForm):
    TEXTS = ("description", "advantages", "keywords")

    description = long_text(
        _("How it works"),
        _("The principle, sizes, what it reaches under which conditions, upkeep, limits. Numbers with units."),
        rows=10,
    )
    advantages = long_text(_("Advantages"), _("Against what people use today. One a line."), rows=4)
    keywords = LinesField(
        label=_("Keywords"),
        required=False,
        max_length=1000,
        help_text=_("Separated by commas. Example: desalination, off-grid, still."),
    )


class NeedTextForm(RecordForm):
    TEXTS = ("problem", "context", "specification", "comparison", "keywords")

    problem = long_text(_("The problem"), _("What happens today, to whom, and what it costs them."), rows=8)
    context = long_text(
        _("Context and constraints"), _("Climate, infrastructure, skills on site, rules that bind you.")
    )
    specification = long_text(
        _("What a solution must reach"), _("Numbers with units. Example: “20 m³ a day, below 1.5 mg/l fluoride”.")
    )
    comparison = long_text(_("What will be compared"), _("How you will weigh offers against each other."), rows=3)
    keywords = LinesField(label=_("Keywords"), required=False, max_length=1000, help_text=_("Separated by commas."))


@dataclass(frozen=True, slots=True)
class Offer:
    """A field that patent classes point to."""

    code: str
    label: str
    classes: tuple[str, ...]


class FitForm(RecordForm):
    NAMES: ClassVar[tuple[str, ...]] = ("fields", "goals", "places")

    goals = GoalsField(label=_("Sustainable Development Goals"), required=False)
    places = PlacesField(
        label=_("Where"), required=False, help_text=_("Where it is offered or wanted. Choose none for anywhere.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A form's attribute `fields` is its own, so the field of that name can only come in here.
        chosen = TupleField(
            label=_("Fields"),
            required=False,
            choices=field_choices,
            widget=Tree,
            help_text=_("One to five. They decide who is shown this."),
        )
        chosen.needed = True  # type: ignore[attr-defined]
        self.fields = {"fields": chosen, **self.fields}

    def clean_fields(self) -> tuple[str, ...]:
        chosen: tuple[str, ...] = self.cleaned_data["fields"]
        if len(chosen) > MOST_FIELDS:
            raise forms.ValidationError(_("Choose at most five fields; these are %s.") % len(chosen))
        return chosen


class TechnologyFitForm(FitForm):
    NAMES = ("fields", "goals", "places", "developed_in", "deployed_in", "ipc", "cpc")

    ipc = CodesField(
        label=_("IPC classes of its patents"),
        required=False,
        max_length=2000,
        help_text=_("Example: C02F 1/14. Classes suggest fields. Separate them by commas."),
    )
    cpc = CodesField(label=_("CPC classes of its patents"), required=False, max_length=2000)
    developed_in = PlacesField(label=_("Developed in"), required=False)
    deployed_in = PlacesField(label=_("In use in"), required=False)

    field_order = ["fields", "ipc", "cpc", "goals", "places", "developed_in", "deployed_in"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)

    def offers(self) -> list[Offer]:
        """Fields that the classes point to and that are not chosen yet, the best founded first."""
        typed = ", ".join(self.fields[name].prepare_value(self[name].value()) or "" for name in ("ipc", "cpc"))
        chosen = {str(code) for code in self["fields"].value() or ()}
        found = taxonomy.fields_for_codes(code.strip() for code in LinesField.separators.split(typed))
        fresh = [item for item in found if item.field.code not in chosen][:MOST_FIELDS]
        return [Offer(item.field.code, words.field_label(item.field.code), item.codes) for item in fresh]

    def asks_again(self, before: ListingRecord) -> str:
        told = {*before.ipc, *before.cpc} >= {*self.cleaned_data["ipc"], *self.cleaned_data["cpc"]}
        if told or len(self.cleaned_data["fields"]) >= MOST_FIELDS or not self.offers():
            return ""
        return str(_("Saved. The patent classes point to fields that you may want to add: see below."))


class AmountMixin(forms.Form):
    amount_min = NumberField(label=_("From"), required=False, min_value=0, max_digits=18, decimal_places=2)
    amount_max = NumberField(label=_("To"), required=False, min_value=0, max_digits=18, decimal_places=2)
    currency = CurrencyField(label=_("Currency"), required=False, help_text=_("Three letters, such as EUR or KES."))

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        low, high = answers.get("amount_min"), answers.get("amount_max")
        if low is not None and high is not None and low > high:
            self.add_error("amount_max", _("The upper end is below the lower end."))
        if (low is not None or high is not None) and answers.get("currency") == "":
            self.add_error("currency", _("An amount needs its currency, such as EUR or KES."))
        return answers


class TechnologyTermsForm(AmountMixin, RecordForm):
    NAMES = ("readiness", "ip_status", "deals", "amount_min", "amount_max", "currency")

    readiness = ReadinessField(
        label=_("Readiness"), help_text=_("Technology readiness level (TRL), from first idea to product.")
    )
    ip_status = forms.ChoiceField(
        label=_("Protection"), required=False, choices=capitalised(IpStatus.choices, none=_("Not stated"))
    )
    deals = DealsField(required=False)

    field_order = ["readiness", "ip_status", "deals"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_min"].label = _("Cost, from")
        self.fields["amount_max"].label = _("Cost, to")


class NeedTermsForm(AmountMixin, RecordForm):
    NAMES = ("readiness_min", "deals", "wanted_role", "deadline", "amount_min", "amount_max", "currency")

    deals = DealsField(required=False)
    wanted_role = forms.ChoiceField(
        label=_("Whom you look for"), required=False, choices=capitalised(Role.choices, none=_("Anyone"))
    )
    readiness_min = ReadinessField(
        label=_("Lowest readiness that is of use"),
        help_text=_("Technology readiness level (TRL), from first idea to product."),
    )
    deadline = DayField(label=_("Answers until"))

    field_order = ["deals", "wanted_role", "readiness_min", "deadline"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_min"].label = _("Budget, from")
        self.fields["amount_max"].label = _("Budget, to")


class LinksForm(RecordForm):
    NAMES = ("website", "video")

    website = forms.URLField(label=_("Website"), required=False, max_length=1000, assume_scheme="https")
    video = forms.URLField(
        label=_("Video"),
        required=False,
        max_length=1000,
        assume_scheme="https",
        help_text=_("The address of its page, where it can be watched."),
    )
