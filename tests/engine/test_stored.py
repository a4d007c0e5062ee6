from __future__ import annotations

from datetime import date

from hypothesis import given, strategies as st

from tests.engine.samples import COLLECTION
from verdure.engine import stored
from verdure.engine.documents import AmountRange, Document, DocumentText
from verdure.engine.facts import facts_of

words = st.text(max_size=20)
texts = st.builds(
    DocumentText, language=words, title=words, summary=words, body=words, keywords=st.tuples(words) | st.just(())
)
documents = st.builds(
    Document,
    id=st.integers(1, 2**62),
    kind=st.sampled_from(["technology", "need"]),
    texts=st.lists(texts, max_size=3).map(tuple),
    organisation=st.none() | st.integers(0, 2**31),
    country=words,
    places=st.lists(words, max_size=3).map(tuple),
    fields=st.lists(words, max_size=3).map(tuple),
    readiness=st.none() | st.integers(1, 9),
    amount=st.none() | st.builds(AmountRange, low=st.none() | st.floats(0, 1e9), currency=words),
    deadline=st.none() | st.dates(),
    published=st.none() | st.dates(),
)


@given(documents)
def test_load_gives_back_what_was_dumped(document: Document) -> None:
    assert stored.load(stored.dump(document)) == document
    assert stored.digest(stored.load(stored.dump(document))) == stored.digest(document)


def test_digest_changes_with_the_document() -> None:
    one = Document(id=1, kind="need", texts=(), deadline=date(2026, 1, 1))
    other = Document(id=1, kind="need", texts=(), deadline=date(2026, 1, 2))
    assert stored.digest(one) != stored.digest(other)


def test_facts_of_a_document() -> None:
    assert facts_of(COLLECTION[0]) == (
        ("kind", "technology"),
        ("field", "energy"),
        ("field", "energy.solar"),
        ("field", "energy.solar.pv"),
        ("field", "water"),
        ("field", "water.irrigation"),
        ("country", "KE"),
        ("readiness", "8"),
        ("deal", "licence"),
        ("deal", "supply"),
        ("goal", "6"),
        ("goal", "7"),
        ("language", "en"),
        ("language", "fr"),
        ("source", "member"),
        ("place", "KE"),
        ("place", "UG"),
        ("organisation", "1"),
    )
