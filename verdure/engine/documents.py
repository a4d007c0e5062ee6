"""What the engine takes and returns: frozen dataclasses, which callers and every search backend share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

TECHNOLOGY = "technology"
NEED = "need"

Kind = Literal["technology", "need"]
Mode = Literal["hybrid", "words", "meaning"]
Sort = Literal["relevance", "newest", "oldest", "readiness", "deadline"]

FACETS = ("kind", "field", "country", "readiness", "deal", "goal", "language", "source")
"""Facets that are counted. A facet's own counts ignore that facet's own filter."""

FILTERS = (*FACETS, "place", "organisation")
"""Everything that `SearchRequest.filters` may name. `place`: usable there (a document without places fits anywhere)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """One language version. `language` is BCP 47 ("en", "pt-BR", "" for unknown); texts are plain text, not markup."""

    language: str
    title: str
    summary: str = ""
    body: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountRange:
    """What a technology costs or a need can pay; an open end is None. Compared only within one currency."""

    low: float | None = None
    high: float | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A listing as the engine sees it.

    `id` is positive and unique over both kinds. `country` is the owner's (ISO 3166 alpha-2, "" if unknown).
    `places` is where a technology is offered or a need is to be met, regions already expanded to alpha-2 codes;
    empty means anywhere. `fields` are taxonomy codes, dotted ("energy.solar.pv"): ancestors are their prefixes.
    `readiness` is a technology's level (1 to 9), `readiness_min` the least a need accepts. `codes` are IPC or CPC
    symbols. `deadline` is the last day on which a need can be answered.
    """

    id: int
    kind: Kind
    texts: tuple[DocumentText, ...]
    organisation: int | None = None
    country: str = ""
    places: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    deals: tuple[str, ...] = ()
    readiness: int | None = None
    readiness_min: int | None = None
    ip_status: str = ""
    source: str = ""
    codes: tuple[str, ...] = ()
    amount: AmountRange | None = None
    deadline: date | None = None
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A question to the index.

    `text` may hold quoted phrases ("heat pump") and minus words (-nuclear). `filters` maps a name of `FILTERS` to
    values: any of the values of one name, and all of the names. `language` is the reader's: it decides which version
    is shown and how an ambiguous word is analysed. With `today`, documents past their deadline are left out.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 20
    mode: Mode = "hybrid"
    language: str = ""
    today: date | None = None


Snippet = tuple[tuple[str, bool], ...]
"""Pieces of a text in order; True marks a piece that matched the query. Joined, they are the text that is shown."""


@dataclass(frozen=True, slots=True)
class HitParts:
    """What a hit's score was made of: each from 0 to 1 within this result, None where that part was not asked."""

    words: float | None
    meaning: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result. `language` is that of the version shown. Scores order one result list; they have no other scale."""

    id: int
    kind: Kind
    score: float
    language: str
    title: Snippet
    summary: Snippet
    parts: HitParts


FacetCounts = Mapping[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResults:
    """`total` counts every hit, of which `hits` are one page; `total_is_floor` when counting stopped at the cap.

    `facets`: per name of `FACETS`, values with counts, most frequent first (fields hold every level of the tree).
    `suggestion` is a spelling that would find more, or "". `mode` is what was really used: "words" when there is no
    encoder or its vectors are not in the index. `understood` are the query's words that the collection knows;
    `unknown` those that it does not.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: FacetCounts
    suggestion: str
    mode: Mode
    understood: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    total_is_floor: bool = False


class EngineError(Exception):
    """Base of the engine's refusals; each subclass is named for its reason."""


class IndexMissing(EngineError):
    """There is no index in the folder: build it with `IndexWriter.rebuild`."""


class IndexDamaged(EngineError):
    """A file is shorter than its commit record says, or unreadable: rebuild it."""


class IndexBusy(EngineError):
    """Another process is writing this index."""


class SearchUnavailable(EngineError):
    """The search cluster does not answer, or cannot do so now. Nothing is wrong with the question: ask again later."""
