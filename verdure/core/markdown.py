"""Markdown that people write, as HTML that is safe to show."""

from __future__ import annotations

from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre", "h2", "h3", "h4", "a", "table",
        "thead", "tbody", "tr", "th", "td", "hr", "sub", "sup"}  # fmt: skip


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


def to_html(text: str, *, top: int = 3) -> SafeString:
    """No raw HTML, no pictures, no scripts; headings begin at level `top` (2 or 3); links get `nofollow`."""
    html = _parser().render(text)
    for level in range(1, top):
        html = html.replace(f"<h{level}>", f"<h{top}>").replace(f"</h{level}>", f"</h{top}>")
    return mark_safe(nh3.clean(html, tags=TAGS, link_rel="nofollow noopener", url_schemes={"http", "https"}))  # noqa: S308
