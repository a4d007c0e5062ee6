"""Home, from what the floors below know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from verdure.discovery.pages.rows import MatchRow, match_row
from verdure.discovery.queries import newest_matches
from verdure.listings.models import Kind
from verdure.listings.pages.rows import Row, row
from verdure.listings.queries import counts, newest

from .map import Map, map_of
from .queries import listings_by_country, public_matches


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    value: int
    label: str
    url: str
    mark: str


@dataclass(frozen=True, slots=True)
class HomePage:
    examples: Sequence[Link]
    figures: Sequence[Figure]
    matches: Sequence[MatchRow]
    technologies: Sequence[Row]
    needs: Sequence[Row]
    map: Map | None


def home_page() -> HomePage:
    by_country = listings_by_country()
    return HomePage(
        examples=_examples(),
        figures=_figures(len(by_country)),
        matches=[match_row(match) for match in newest_matches(3)],
        technologies=[row(listing) for listing in newest(Kind.TECHNOLOGY, 4)],
        needs=[row(listing) for listing in newest(Kind.NEED, 4)],
        map=map_of(by_country) if by_country else None,
    )


def _examples() -> list[Link]:
    texts = (
        _("drinking water for an island without a grid"),
        _("cold storage for vegetables"),
        _("replace cement clinker"),
    )
    return [Link(text, f"{reverse('search')}?{urlencode({'q': text})}") for text in texts]


def _figures(countries: int) -> list[Figure]:
    public, search = counts(), reverse("search")
    return [
        Figure(public["needs"], _("needs"), f"{search}?kind=need", "need"),
        Figure(public_matches(), _("matches with reasons"), "", "suggestion"),
        Figure(countries, _("countries"), "", "answers"),
        Figure(public["technologies"], _("technologies"), f"{search}?kind=technology", "technology"),
    ]
