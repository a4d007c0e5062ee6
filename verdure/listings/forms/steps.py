"""The steps in the order in which they are asked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verdure.accounts.rules import Person

from ..models import Kind
from ..records import ListingRecord
from . import repeated, single


@dataclass(frozen=True, slots=True)
class Step:
    slug: str
    label: Promise
    form: Any  # a RecordForm or a Repeated: both have initial_of, is_valid, applied_to
    template: str = "listings/steps/questions.html"

    @property
    def is_repeated(self) -> bool:
        return issubclass(self.form, repeated.Repeated)

    def bound(self, data: Any, record: ListingRecord | None, *, person: Person) -> Any:
        """The step's form: with the record's values, or with what the person sent."""
        extra = {"person": person} if self.form is single.BasicsForm else {}
        initial = self.form.initial_of(record) if record and data is None else None
        return self.form(data=data, initial=initial, **extra)

    def seal(self, record: ListingRecord) -> str:
        """Names what is stored of this step. A form carries the seal of what it was opened with, so that saving can
        tell whether somebody else changed these very answers meanwhile."""
        plain = json.dumps(self.form.initial_of(record), default=str, sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()[:20]


def _steps(*, kind: Kind, text: Any, fit: Any, terms: Any, sets: tuple[Step, ...]) -> tuple[Step, ...]:
    return (
        Step("basics", _("What it is"), single.BasicsForm),
        Step("text", _("In detail"), text),
        Step("fit", _("Field and place"), fit, "listings/steps/fit.html"),
        Step("terms", _("Terms"), terms),
        *sets,
        Step("languages", _("Other languages"), repeated.VERSION_SETS[kind], "listings/steps/repeated.html"),
        Step("links", _("Links and files"), single.LinksForm, "listings/steps/links.html"),
    )


STEPS = {
    Kind.TECHNOLOGY: _steps(
        kind=Kind.TECHNOLOGY,
        text=single.TechnologyTextForm,
        fit=single.TechnologyFitForm,
        terms=single.TechnologyTermsForm,
        sets=(
            Step("patents", _("Patents"), repeated.PatentSet, "listings/steps/repeated.html"),
            Step("claims", _("Numbers"), repeated.ClaimSet, "listings/steps/repeated.html"),
        ),
    ),
    Kind.NEED: _steps(
        kind=Kind.NEED, text=single.NeedTextForm, fit=single.FitForm, terms=single.NeedTermsForm, sets=()
    ),
}


def steps_for(kind: str) -> tuple[Step, ...]:
    return STEPS[Kind(kind)]


def step_named(kind: str, slug: str) -> Step | None:
    return next((step for step in steps_for(kind) if step.slug == slug), None)


def step_of(kind: str, column: str) -> str:
    """The slug of the step in which a problem with this column of a record is mended."""
    column = column.partition("[")[0]
    for step in steps_for(kind):
        names = (*getattr(step.form, "NAMES", ()), *getattr(step.form, "TEXTS", ()), getattr(step.form, "NAME", ""))
        if column in names:
            return step.slug
    return "basics"
