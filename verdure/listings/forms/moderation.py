"""A moderator's answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MessageForm(forms.Form):
    """What to change, or why it is refused: the owner reads it word for word."""

    message = forms.CharField(
        label=_("Message to the owner"), max_length=5000, widget=forms.Textarea(attrs={"rows": 5, "data-key": "c"})
    )


class ApproveForm(forms.Form):
    publish_at = forms.DateTimeField(
        label=_("Publish at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["publish_at"].help_text = _("Leave empty to publish at once. Time zone: %s.") % zone
