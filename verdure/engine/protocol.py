"""What every search backend offers: the embedded index (`index`, `writer`) and the cluster (`cluster`) alike.

`tests/engine/conformance` says in tests what these sentences leave open; both backends pass the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from types import TracebackType
from typing import Protocol, Self

from verdure.engine.corpus import Corpus
from verdure.engine.documents import Document, Hit, SearchRequest, SearchResults
from verdure.engine.index import State
from verdure.engine.match import RULES, Match, Rules
from verdure.engine.query import Word
from verdure.engine.writer import Applied, Progress

__all__ = ["Applied", "Corpus", "IndexWriting", "Progress", "SearchIndex", "State"]


class SearchIndex(Protocol):
    """An index to ask, shared by threads; it sees each `apply` once that has returned.

    Every method raises IndexMissing before the first build, IndexDamaged when what was built is lost, and
    SearchUnavailable when the backend does not answer just now.
    """

    def state(self) -> State:
        """What the index is made of."""

    def corpus(self, words: Iterable[Word] = ()) -> Corpus:
        """What the collection is like now, and how frequent these words are in it."""

    def like(self, identifier: int, ids: Sequence[int]) -> list[int]:
        """Those of the documents with these ids that are nearly the same as one (see `duplicates`); never itself."""

    def document(self, identifier: int) -> Document | None:
        """The document as it was indexed."""

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a question; an unknown filter name is a ValueError."""

    def similar(self, document: int | Document, *, limit: int = 6, today: date | None = None) -> tuple[Hit, ...]:
        """Documents of the same kind that are most like one; an id that is not there has none."""

    def matches(
        self, document: int | Document, *, limit: int = 20, today: date, rules: Rules = RULES
    ) -> tuple[Match, ...]:
        """Technologies that fit a need, or needs that a technology fits, best first."""


class IndexWriting(Protocol):
    """The one writer at a time (IndexBusy for a second); a context manager. Starts an empty index if there is none."""

    @property
    def stale(self) -> str:
        """Why the index must be rebuilt before it takes changes, or ""."""

    @property
    def is_new(self) -> bool:
        """Whether there was no index, so that an empty one had to be made."""

    @property
    def ids(self) -> frozenset[int]:
        """Ids of the documents in the index."""

    @property
    def count(self) -> int:
        """Documents in the index."""

    def apply(self, upserts: Iterable[Document] = (), deletes: Iterable[int] = ()) -> Applied:
        """Put documents in and take ids out: safe and visible when it returns. Twice is as good as once.

        Raises IndexStale while `stale` says why. After SearchUnavailable some of the batch may be in: apply it again.
        """

    def rebuild(self, documents: Iterable[Document], *, progress: Progress | None = None) -> Applied:
        """Build anew beside the index that readers use, then put it in its place; documents not given are gone.

        Interrupted, it goes on where it was when it is called again.
        """

    def close(self) -> None:
        """Let another writer in."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
