"""Many choices under headings that open and close: made of checkboxes, so that no script and no held key is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    options: list[dict[str, Any]]
    chosen: int


class Tree(forms.CheckboxSelectMultiple):
    """For choices in groups."""

    template_name = "components/tree.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        groups = [
            Group(str(label or ""), options, sum(bool(option["selected"]) for option in options))
            for label, options, _place in context["widget"]["optgroups"]
        ]
        return {**context, "groups": groups}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))
