"""The results page: the whole query lives in the address, and the page is built from it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.core.paginator import Paginator
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from verdure.core import places
from verdure.engine.documents import FACETS, SearchRequest, SearchResults
from verdure.listings import words
from verdure.listings.models import Kind
from verdure.listings.pages.paging import Pages, pages_of
from verdure.listings.pages.rows import Row, row

from ..queries import Found

PAGE_SIZE = 20
MOST_PAGES = 50  # nobody reads further, and machines have the export
SORTS = ("relevance", "newest", "readiness", "deadline")
QUERY_LIMIT = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the address spells it."""

    text: str
    filters: Mapping[str, tuple[str, ...]]
    sort: str
    page: int

    @classmethod
    def read(cls, get: QueryDict) -> Asked:
        """What cannot be understood is left out, so that any address gives a page."""
        number = get.get("page", "")
        sort = get.get("sort", "")
        return cls(
            text=" ".join(get.get("q", "").replace("\x00", " ").split())[:QUERY_LIMIT],
            filters={name: tuple(dict.fromkeys(v for v in get.getlist(name) if v)) for name in FACETS if get.get(name)},
            sort=sort if sort in SORTS else "",
            page=min(int(number), MOST_PAGES) if number.isascii() and number.isdigit() and int(number[:9]) else 1,
        )

    def url(self) -> str:
        query = QueryDict(mutable=True)
        if self.text:
            query["q"] = self.text
        for name, values in self.filters.items():
            query.setlist(name, list(values))
        if self.sort:
            query["sort"] = self.sort
        if self.page > 1:
            query["page"] = str(self.page)
        return f"{reverse('search')}?{query.urlencode()}" if query else reverse("search")

    def without(self, name: str, value: str) -> Asked:
        rest = tuple(kept for kept in self.filters[name] if kept != value)
        filters = {key: values for key, values in self.filters.items() if key != name} | ({name: rest} if rest else {})
        return replace(self, filters=filters, page=1)

    def request(self) -> SearchRequest:
        sort = self.sort or ("relevance" if self.text else "newest")
        return SearchRequest(
            text=self.text,
            filters=self.filters,
            sort=sort,  # type: ignore[arg-type]
            offset=(self.page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
            language=words.language(),
        )


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    label: str
    count: int
    selected: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    values: Sequence[FacetValue]
    open: bool

    @property
    def selected_count(self) -> int:
        return sum(value.selected for value in self.values)


@dataclass(frozen=True, slots=True)
class Chip:
    name: str
    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    selected: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    total: int
    rows: Sequence[Row]
    pages: Pages
    facets: Sequence[Facet]
    chips: Sequence[Chip]
    clear_url: str
    sorts: Sequence[Link]
    sort: str
    suggestion: Link | None
    words_only: bool
    understood: Sequence[str]
    loosen: Sequence[Link]


def facet_labels() -> dict[str, str]:
    return {
        "kind": _("Offer or need"),
        "field": _("Field"),
        "country": _("Country"),
        "readiness": _("Readiness"),
        "deal": _("Way to deal"),
        "goal": _("Sustainable Development Goal"),
        "language": _("Language"),
        "source": _("Source"),
    }


def value_label(facet: str, value: str) -> str:
    """A facet's value in the reader's words; a value that nobody knows as it is."""
    match facet:
        case "kind" if value in ("technology", "need"):
            return str(Kind(value).label)
        case "field":
            return words.field_label(value)
        case "country" if places.is_place(value):
            return places.name(value, words.language())
        case "readiness" if value.isdigit() and 1 <= int(value) <= 9:
            return _("TRL %(level)s, %(stage)s") % {"level": value, "stage": words.stage(int(value))}
        case "deal":
            return _deal_label(value)
        case "goal" if value.isdigit() and 1 <= int(value) <= 17:
            return f"{value} {words.goal_title(int(value))}"
        case "language":
            return words.language_name(value)
        case "source" if value == "":
            return _("Entered by members")
        case "source" if value == "sample":
            return _("Sample collection")
    return value


def _deal_label(value: str) -> str:
    try:
        return words.deal_word(value)
    except ValueError:
        return value


def results_page(asked: Asked, found: Found, *, loosened: Sequence[tuple[str, str, int]] = ()) -> ResultsPage:
    """`loosened`: for an empty result, (facet, value, how many there would be without it)."""
    results = found.results
    return ResultsPage(
        total=results.total,
        rows=[row(listing, title=hit.title, snippet=hit.summary) for listing, hit in found.pairs],
        pages=_pages(asked, results.total),
        facets=[facet for name in FACETS if (facet := _facet(name, asked, results)).values],
        chips=_chips(asked),
        clear_url=replace(asked, filters={}, page=1).url(),
        sorts=_sorts(asked),
        sort=asked.sort,
        suggestion=_suggestion(asked, results),
        words_only=results.mode == "words" and bool(asked.text),
        understood=results.understood,
        loosen=[
            Link(_("Without “%s”") % value_label(name, value), asked.without(name, value).url(), count=count)
            for name, value, count in loosened
        ],
    )


def _facet(name: str, asked: Asked, results: SearchResults) -> Facet:
    chosen = asked.filters.get(name, ())
    counted = dict(results.facets.get(name, ()))
    values = [
        FacetValue(value, value_label(name, value), counted.get(value, 0), value in chosen, _depth(name, value))
        for value in (*chosen, *(value for value in counted if value not in chosen))
    ]
    if name == "field":
        values = _in_tree_order(values)
    elif name in ("readiness", "goal"):
        values.sort(key=lambda v: (not v.selected, int(v.value) if v.value.isdigit() else 0))
    return Facet(name, facet_labels()[name], values, open=bool(chosen) or name in ("kind", "field"))


def _depth(name: str, value: str) -> int:
    return min(value.count("."), 2) if name == "field" else 0


def _in_tree_order(values: list[FacetValue]) -> list[FacetValue]:
    """Top fields by count, with the leaves below those that are chosen or hold a chosen one; the rest stay folded."""
    chosen = [value.value for value in values if value.selected]
    opened = {code.partition(".")[0] for code in chosen}
    tops = [value for value in values if value.depth == 0]
    shown: list[FacetValue] = []
    for top in tops:
        shown.append(top)
        if top.value in opened:
            shown += [value for value in values if value.value.startswith(f"{top.value}.")]
    return shown


def _chips(asked: Asked) -> list[Chip]:
    labels = facet_labels()
    return [
        Chip(labels[name], value_label(name, value), asked.without(name, value).url())
        for name, values in asked.filters.items()
        for value in values
    ]


def _sorts(asked: Asked) -> list[Link]:
    labels = {
        "relevance": _("best first"),
        "newest": _("newest"),
        "readiness": _("readiness"),
        "deadline": _("deadline"),
    }
    used = asked.sort or ("relevance" if asked.text else "newest")
    return [
        Link(label, replace(asked, sort=name, page=1).url(), selected=name == used)
        for name, label in labels.items()
        if asked.text or name != "relevance"
    ]


def _suggestion(asked: Asked, results: SearchResults) -> Link | None:
    if not results.suggestion:
        return None
    return Link(results.suggestion, replace(asked, text=results.suggestion, page=1).url())


def _pages(asked: Asked, total: int) -> Pages:
    count = min(max(1, -(-total // PAGE_SIZE)), MOST_PAGES)
    page = Paginator(range(count), 1).get_page(asked.page)
    return pages_of(page, url=lambda number: replace(asked, page=number).url())
