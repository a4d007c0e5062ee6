"""Files that are kept with a listing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from ..models import Attachment

FILE_LIMIT = 20 * 1024 * 1024
DOCUMENTS = ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "csv", "txt")
PICTURES = ("jpg", "jpeg", "png", "webp")


class AttachmentForm(forms.Form):
    file = forms.FileField(
        label=_("Add a picture or document"),
        max_length=255,
        validators=[FileExtensionValidator([*PICTURES, *DOCUMENTS])],
        error_messages={"required": _("Choose a file of up to 20 MB.")},
        help_text=_("JPEG, PNG, WebP, PDF, office documents, CSV or text, up to 20 MB."),
    )
    caption = forms.CharField(label=_("Caption"), max_length=300, required=False)

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > FILE_LIMIT:
            raise forms.ValidationError(
                _("The file has %(size)s; the limit is %(limit)s. Make it smaller, or link to it.")
                % {"size": filesizeformat(file.size or 0), "limit": filesizeformat(FILE_LIMIT)}
            )
        if self.use_of(file) == Attachment.Use.PICTURE:
            self._refuse_false_picture(file)
        return file

    @staticmethod
    def use_of(file: UploadedFile[Any]) -> Attachment.Use:
        ending = (file.name or "").rpartition(".")[2].lower()
        return Attachment.Use.PICTURE if ending in PICTURES else Attachment.Use.DOCUMENT

    @staticmethod
    def _refuse_false_picture(file: UploadedFile[Any]) -> None:
        try:
            with Image.open(file, formats=("JPEG", "PNG", "WEBP")) as picture:
                picture.verify()
        except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
            message = _("This is not a picture that can be read. Save it anew as JPEG or PNG.")
            raise forms.ValidationError(message) from None
        finally:
            file.seek(0)
