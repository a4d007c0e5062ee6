"""What is asked of a person who uploads a list: the file, how to read it, which column is what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from verdure.accounts.models import Organisation
from verdure.accounts.queries import organisations_to_write_for
from verdure.accounts.rules import Person

from ..formats import FORMATS, suggest_mapping
from ..formats.columns import columns
from ..imports import Options
from ..models import Kind
from .base import language_choices

ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "iso-8859-15", "cp1250", "cp1251", "koi8-r", "cp1256", "gb18030", "big5", "shift_jis",
    "euc-jp",
)  # fmt: skip


LEFT_OUT = "-"


class UploadForm(forms.Form):
    organisation = forms.ModelChoiceField(
        label=_("In whose name"),
        queryset=Organisation.objects.none(),
        error_messages={"invalid_choice": _("Choose an organisation that you write for.")},
    )
    file = forms.FileField(
        label=_("File"),
        max_length=255,
        error_messages={
            "required": _("Choose a file."),
            "empty": _("This file is empty. Open it to see whether it holds what you think, then choose it again."),
        },
    )

    def __init__(self, *args: Any, person: Person, trusted: bool, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.too_large = too_large
        self.fields["file"].help_text = _(
            "CSV, XLSX, JSONL, CORDIS, NASA TechPort, USPTO or EPO XML, or a zip archive of these, up to %s."
        ) % filesizeformat(settings.UPLOAD_LIMIT)
        chosen = self.fields["organisation"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = found = organisations_to_write_for(person)
        if trusted:
            chosen.required = False
            chosen.empty_label = str(_("Nobody’s: records of a source that we trust, public at once"))
        else:
            chosen.empty_label = str(_("Choose an organisation"))
            chosen.help_text = _("The records become its drafts, which you hand in one by one.")
            chosen.initial = found.first() if found.count() == 1 else None

    def clean(self) -> dict[str, Any] | None:
        if self.too_large:
            self.errors.pop("file", None)
            self.add_error("file", self._why_too_large())
        return super().clean()

    @staticmethod
    def _why_too_large() -> str:
        return _(
            "The file is larger than %s. Split it, or pack it as .zip. Whoever runs this site can also load it, "
            "with the command “verdure import”."
        ) % filesizeformat(settings.UPLOAD_LIMIT)


class OptionsForm(forms.Form):
    """How the file is to be read. `trusted`: the person may also say which source it is."""

    kind = forms.ChoiceField(
        label=_("What the records are"),
        choices=[("", _("As the file says; technologies, where it does not say")), *Kind.choices],
        required=False,
    )
    source = forms.SlugField(
        label=_("Source"),
        max_length=50,
        help_text=_("One short word that stays the same for every file from there: it is how updates are recognised."),
    )
    licence = forms.CharField(
        label=_("Licence of the texts"),
        max_length=200,
        required=False,
        help_text=_("Such as CC-BY-4.0. For records that do not say theirs."),
    )
    language = forms.ChoiceField(
        label=_("Language of the texts"), choices=language_choices, help_text=_("Of those that do not say theirs.")
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("", _("As found out")), *((name, name) for name in FORMATS if name != "zip")],
        required=False,
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        choices=[("", _("As found out")), *((name, name) for name in ENCODINGS)],
        required=False,
        help_text=_("Choose another where letters with accents, or all letters, look wrong."),
    )

    def __init__(self, *args: Any, trusted: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not trusted:
            del self.fields["source"]

    def applied_to(self, options: Options, mapping: Mapping[str, str]) -> Options:
        """The new options. A file that is read otherwise may have other headers, so the mapping begins anew."""
        answers = self.cleaned_data
        same = (answers["format"], answers["encoding"]) == (options.format, options.encoding)
        return Options(**{**options.to_json(), **answers, "mapping": dict(mapping) if same else {}})


class MappingForm(forms.Form):
    """For each header of the file which of our columns it is."""

    def __init__(self, data: Any = None, *, headers: Sequence[str], mapping: Mapping[str, str]) -> None:
        super().__init__(data)
        self.headers = headers
        suggested = suggest_mapping(headers)
        for n, header in enumerate(headers):
            now = mapping.get(header, suggested[header])
            self.fields[f"column-{n}"] = forms.ChoiceField(
                label=header, choices=column_choices(now), initial=now or LEFT_OUT
            )

    def clean(self) -> dict[str, Any] | None:
        taken = Counter(self.cleaned_data.values())
        for name, column in list(self.cleaned_data.items()):
            if taken[column] > 1 and column != LEFT_OUT:
                self.add_error(name, _("Two columns are mapped to “%s”; choose one of them.") % column)
        return self.cleaned_data

    def mapping(self) -> dict[str, str]:
        chosen = {header: self.cleaned_data[f"column-{n}"] for n, header in enumerate(self.headers)}
        return {header: "" if column == LEFT_OUT else column for header, column in chosen.items()}


def column_choices(now: str) -> list[tuple[str, str]]:
    names = [name for name in columns() if name not in ("origin", "made_from")]
    shown = names if not now or now in names else [now, *names]
    return [(LEFT_OUT, str(_("(leave out)"))), *((name, name.replace("_", " ")) for name in shown)]
