"""What a browser would send for a page's form, read from its HTML: no test makes up names of fields."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Protocol

Sent = dict[str, list[str]]


class Page(Protocol):
    @property
    def content(self) -> bytes: ...


class _Reader(HTMLParser):
    """The fields of the one form in `main` that has the wanted attribute, as they stand."""

    def __init__(self, marker: str) -> None:
        super().__init__()
        self.marker = marker
        self.sent: Sent = {}
        self.inside = False
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = self.marker in given.get("class", "").split() and not self.sent
        if not self.inside:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "textarea":
            self.textarea = name
            self.sent.setdefault(name, []).append("")
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((given.get("value", ""), "selected" in given))

    def _input(self, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("file", "submit") or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        self.sent.setdefault(name, []).append(given.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        if self.textarea is not None:
            self.sent[self.textarea][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            if self.textarea is not None:
                self.sent[self.textarea][-1] = self.sent[self.textarea][-1].removeprefix("\n")
            self.textarea = None
        elif tag == "select" and self.select is not None:
            chosen = [value for value, selected in self.options if selected] or [self.options[0][0]]
            self.sent.setdefault(self.select, []).extend(chosen)
            self.select = None


def as_sent(page: Page, *, marker: str = "form") -> Sent:
    """The values of the page's first form of that class, by name. Change some, then post them."""
    reader = _Reader(marker)
    reader.feed(page.content.decode())
    reader.sent.pop("csrfmiddlewaretoken", None)
    return reader.sent
