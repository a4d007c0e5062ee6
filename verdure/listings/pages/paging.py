"""A long list in pages, as components/pagination.html draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet


@dataclass(frozen=True, slots=True)
class Turn:
    """A page to turn to; without number a gap."""

    number: int | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    number: int
    count: int
    items: Sequence[Turn]
    previous_url: str
    next_url: str


def page_of(found: QuerySet[Any], number: str, *, size: int = 25) -> Page[Any]:
    """That page, or the nearest there is."""
    return Paginator[Model](found, size).get_page(number)


def numbered(parameter: str = "page", anchor: str = "") -> Callable[[int], str]:
    """Addresses that differ from this page's in its number only."""
    return lambda number: f"?{parameter}={number}{anchor}"


def pages_of(page: Page[Any], *, url: Callable[[int], str]) -> Pages:
    elided = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return Pages(
        number=page.number,
        count=page.paginator.num_pages,
        items=[Turn(number, url(number)) if isinstance(number, int) else Turn(None) for number in elided],
        previous_url=url(page.previous_page_number()) if page.has_previous() else "",
        next_url=url(page.next_page_number()) if page.has_next() else "",
    )
