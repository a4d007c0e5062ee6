"""What the steps share: fields for lists, and the way from record to form and back."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from babel import Locale
from babel.numbers import is_currency
from django import forms
from django.utils.text import capfirst, format_lazy
from django.utils.translation import get_language, gettext, gettext_lazy as _

from verdure.core import places

from .. import checks, taxonomy, words
from ..goals import goals
from ..models import Deal
from ..records import ListingRecord
from .tree import Tree


def reader_language() -> str:
    return get_language() or "en"


class RecordForm(forms.Form):
    """A step. `NAMES` are the record's fields that it asks; `TEXTS` those of the original text."""

    NAMES: ClassVar[tuple[str, ...]] = ()
    TEXTS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in checks.NEEDED & self.fields.keys():
            self.fields[name].needed = True  # type: ignore[attr-defined]  # components/field.html says so

    @classmethod
    def initial_of(cls, record: ListingRecord) -> dict[str, Any]:
        text = record.texts[0]
        return {name: getattr(record, name) for name in cls.NAMES} | {name: getattr(text, name) for name in cls.TEXTS}

    def applied_to(self, record: ListingRecord) -> ListingRecord:
        """The record with this step's answers; an answer that is not valid leaves the record's own value."""
        answers = self.cleaned_data
        text = dataclasses.replace(record.texts[0], **{name: answers[name] for name in self.TEXTS if name in answers})
        fields = {name: answers[name] for name in self.NAMES if name in answers}
        for name, field in self.fields.items():
            if isinstance(field, TupleField) and name in fields:
                fields[name] = _in_known_order(fields[name], getattr(record, name))
        return dataclasses.replace(record, texts=(text, *record.texts[1:]), **fields)

    def refuse(self, problems: Iterable[checks.Problem]) -> None:
        """Show what the action found wrong at the field it belongs to."""
        for problem in problems:
            self.add_error(problem.column if problem.column in self.fields else None, capfirst(problem.message))

    def asks_again(self, before: ListingRecord) -> str:
        """Why this step should be looked at once more after saving; empty to go on."""
        return ""


def _in_known_order(chosen: tuple[Any, ...], known: tuple[Any, ...]) -> tuple[Any, ...]:
    """Ticked boxes come in the order of the page; what was chosen before keeps its place, the first field foremost."""
    return (*(value for value in known if value in chosen), *(value for value in chosen if value not in known))


class LinesField(forms.CharField):
    """A list of short values, separated by commas, semicolons or line ends."""

    separators: ClassVar[re.Pattern[str]] = re.compile(r"[,;\n،、；，]")

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        parts = (part.strip() for part in self.separators.split(super().clean(value)))
        return tuple(dict.fromkeys(part for part in parts if part))


class TupleField(forms.MultipleChoiceField):
    def clean(self, value: Any) -> Any:
        return tuple(dict.fromkeys(super().clean(value)))


class CodesField(LinesField):
    """IPC or CPC symbols, however they are written: "C02F 1/14" is kept as "C02F1/14"."""

    def clean(self, value: Any) -> Any:
        symbols = {written: taxonomy.normalise_symbol(written) for written in super().clean(value)}
        if unread := [written for written, symbol in symbols.items() if symbol is None]:
            raise forms.ValidationError(
                gettext("Not a patent class: %s. A class looks like C02F 1/14.") % ", ".join(unread)[:200]
            )
        return tuple(dict.fromkeys(symbols.values()))


class NumberField(forms.DecimalField):
    """Typed as text, with the reader's decimal sign: a browser's own number field drops what it cannot read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(localize=True, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)


class CurrencyField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=3, widget=forms.TextInput(attrs={"autocapitalize": "characters"}), **kwargs)

    def clean(self, value: Any) -> Any:
        code = str(super().clean(value)).upper()
        if code and not is_currency(code):
            raise forms.ValidationError(
                gettext("“%s” is not a currency. Give three letters, such as EUR or KES.") % code
            )
        return code


def capitalised(choices: Iterable[tuple[Any, Any]], *, none: Any = None) -> Callable[[], list[tuple[Any, Any]]]:
    """Choices as they stand alone in a list. `none`: the words of the empty choice."""
    fixed = list(choices)
    empty = [] if none is None else [("", none)]
    return lambda: empty + [(value, capfirst(label)) for value, label in fixed]


def readiness_choices() -> list[tuple[Any, str]]:
    levels = [
        (level, gettext("TRL %(level)s: %(stage)s") % {"level": level, "stage": words.stage(level)})
        for level in range(1, 10)
    ]
    return [("", gettext("Not stated")), *levels]


class ReadinessField(forms.TypedChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, coerce=int, empty_value=None, choices=readiness_choices, **kwargs)


class DealsField(TupleField):
    def __init__(self, **kwargs: Any) -> None:
        choices = capitalised(Deal.choices)
        super().__init__(label=_("Ways to deal"), choices=choices, widget=forms.CheckboxSelectMultiple, **kwargs)


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(required=False, widget=widget, **kwargs)


class GoalsField(TupleField):
    def __init__(self, **kwargs: Any) -> None:
        choices = [(goal.number, format_lazy("{} {}", goal.number, goal.title)) for goal in goals()]
        widget = forms.CheckboxSelectMultiple(attrs={"class": "columns"})
        super().__init__(choices=choices, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        return tuple(sorted(int(number) for number in super().clean(value)))


class PlacesField(TupleField):
    """Countries and regions, by name in the reader's language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=place_choices, widget=Tree, **kwargs)


def place_choices() -> list[tuple[str, Any]]:
    """Regions and groups, then the countries under their continent."""
    language = reader_language()
    under: dict[str, list[tuple[str, str]]] = {region.code: [] for region in places.regions() if region.depth == 1}
    elsewhere: list[tuple[str, str]] = []
    for code, name in places.choices(language):
        lineage = places.country(code).regions
        (under[lineage[1]] if len(lineage) > 1 else elsewhere).append((code, name))
    return [
        (gettext("Regions and groups"), list(places.region_choices(language))),
        *((places.name(code, language), found) for code, found in under.items()),
        *([(gettext("Elsewhere"), elsewhere)] if elsewhere else []),
    ]


def field_choices() -> list[tuple[str, Any]]:
    """Leaves under the name of their top field."""
    language = reader_language()
    tops = (branch.field.code for branch in taxonomy.tree())
    return [(taxonomy.label(top, language), _leaves_under(top)) for top in tops]


def _leaves_under(top: str) -> list[tuple[str, str]]:
    leaves = (field for field in taxonomy.within(top) if field.is_leaf)
    return [(field.code, taxonomy.label(field.code, reader_language())) for field in leaves]


SITE_LANGUAGES = ("en", "fr", "es", "ar", "zh", "ru", "ja", "pt")
OTHER_LANGUAGES = ("am", "bn", "de", "fa", "hi", "id", "it", "ko", "nl", "pl", "sw", "th", "tr", "uk", "vi")


def language_choices() -> list[tuple[str, str]]:
    """The languages a text can be in, the site's own first, each in its own name."""
    return [(code, Locale.parse(code).get_language_name() or code) for code in SITE_LANGUAGES + OTHER_LANGUAGES]
