"""Forms of sign-up, of people and of organisations."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy as _

from verdure.core import places

from .models import Organisation, User

LOGO_LIMIT = 2 * 1024 * 1024
LOGO_SIDE = 4000  # pixels
LOGO_FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}


class SignupForm(forms.Form):
    """What sign-up asks besides e-mail and password."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        help_text=_("Shown to others only after both agree to talk."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.language = get_language() or "en"
        user.save(update_fields=["name", "language"])


class PersonForm(forms.ModelForm[User]):
    language = forms.ChoiceField(label=_("Language of our mail to you"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("name", "language")
        labels = {"name": _("Your name")}
        help_texts = {"name": _("Shown to others only after both agree to talk.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


def _country_choices() -> list[tuple[str, Any]]:
    return [("", _("Choose a country")), *places.choices(get_language() or "en")]


class OrganisationForm(forms.ModelForm[Organisation]):
    country = forms.ChoiceField(
        label=_("Country"), choices=_country_choices, widget=forms.Select(attrs={"autocomplete": "country"})
    )
    remove_logo = forms.BooleanField(label=_("Take the logo away"), required=False)

    class Meta:
        model = Organisation
        fields = ("name", "type", "country", "size", "description", "website", "logo")
        field_classes = {"logo": forms.ImageField, "website": partial(forms.URLField, assume_scheme="https")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "description": forms.Textarea(attrs={"rows": 5}),
            "logo": forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in LOGO_FORMATS)}),
        }
        help_texts = {
            "description": _("Two or three sentences on its public page."),
            "website": _("Example: https://example.org"),
            "logo": _("JPEG, PNG or WebP, up to 2 MB."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        self._offer("type", Organisation.Type.choices, none=_("Choose a type") if is_new else None)
        self._offer("size", Organisation.Size.choices, none=_("Not stated"))
        self.fields["website"].widget.attrs["autocomplete"] = "url"
        self.fields["logo"].validators = [FileExtensionValidator([*LOGO_FORMATS])]
        if is_new:
            self.initial["type"] = ""
        if not self.instance.logo:
            del self.fields["remove_logo"]

    def _offer(self, name: str, choices: list[tuple[str, Any]], *, none: Any = None) -> None:
        """Choices as they stand alone in a list. `none`: the words of the empty choice."""
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        empty = [] if none is None else [("", none)]
        field.choices = [*empty, *((value, capfirst(label)) for value, label in choices)]

    def clean_logo(self) -> Any:
        file = self.cleaned_data["logo"]
        if not isinstance(file, UploadedFile):
            return file
        if (file.size or 0) > LOGO_LIMIT:
            raise forms.ValidationError(
                _("The file has %(size)s; the limit is %(limit)s. Make it smaller.")
                % {"size": filesizeformat(file.size or 0), "limit": filesizeformat(LOGO_LIMIT)}
            )
        picture = file.image  # type: ignore[attr-defined]  # Django's image field has opened and verified it
        if picture.format not in LOGO_FORMATS.values():
            raise forms.ValidationError(_("This is not a JPEG, PNG or WebP picture. Save it anew as one of them."))
        if max(picture.size) > LOGO_SIDE:
            raise forms.ValidationError(
                _("The picture is more than %s pixels wide or high. Make it smaller.") % LOGO_SIDE
            )
        return file

    def answers(self) -> dict[str, Any]:
        """What the action takes. Only for a valid form."""
        answers = {name: self.cleaned_data[name] for name in self.Meta.fields}
        if self.cleaned_data.get("remove_logo") and "logo" not in self.changed_data:
            answers["logo"] = ""
        return answers
