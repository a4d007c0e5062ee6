from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from benchmarks.collection import CHUNK, QUERY_NEED_LENGTHS, Collection, content_words
from benchmarks.descriptions import descriptions, parsed
from verdure.engine.documents import Document
from verdure.listings import taxonomy

TRANSLATIONS = """Package: one
Description-md5: 0123
Description-fr: petit moteur
 Un moteur qui tourne lentement et ne consomme presque rien, même sous la pluie d'automne.
 .
 Il se répare sans outil.

Package: two
Description-md5: 4567
Description-fr: trop court
 Rien.
"""


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Modelled on the sample collection, so that it is the same with and without the shared data."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "mirror_Translation-fr").write_text(TRANSLATIONS, encoding="utf-8")
    return Collection(shared=folder, translations=folder)


@pytest.fixture(scope="module")
def documents(collection: Collection) -> list[Document]:
    return list(collection.documents(CHUNK + 200))


def test_the_same_seed_gives_the_same_documents(documents: list[Document], tmp_path: Path) -> None:
    (tmp_path / "mirror_Translation-fr").write_text(TRANSLATIONS, encoding="utf-8")
    again = Collection(shared=tmp_path, translations=tmp_path)
    assert list(islice(again.documents(CHUNK + 200), 40)) == documents[:40]


def test_another_seed_gives_others(documents: list[Document], tmp_path: Path) -> None:
    other = Collection(seed=2, shared=tmp_path, translations=None)
    assert not {document.texts for document in other.documents(40)} & {document.texts for document in documents}


def test_a_build_goes_on_in_the_middle(collection: Collection, documents: list[Document]) -> None:
    assert list(collection.documents(CHUNK + 20, first=CHUNK - 10)) == documents[CHUNK - 11 : CHUNK + 20]


def test_ids_count_from_one_and_kinds_are_mixed(documents: list[Document]) -> None:
    assert [document.id for document in documents] == list(range(1, CHUNK + 201))
    needs = [document for document in documents if document.kind == "need"]
    assert 0.15 < len(needs) / len(documents) < 0.25
    assert all(need.deadline is not None and need.readiness is None for need in needs)


def test_facts_are_those_of_the_taxonomy_and_the_sample(documents: list[Document]) -> None:
    assert all(taxonomy.is_field(code) for document in documents for code in document.fields)
    assert {len(document.country) for document in documents} == {2}
    assert {document.readiness for document in documents if document.kind == "technology"} <= set(range(1, 10))
    owners = [document.organisation for document in documents]
    assert len(set(owners)) < len(owners)


def test_some_texts_are_in_other_languages(documents: list[Document]) -> None:
    versions = {tuple(text.language for text in document.texts) for document in documents}
    assert versions == {("en",), ("fr",), ("fr", "en")}
    french = next(document.texts[0] for document in documents if document.texts[0].language == "fr")
    assert french.title == "petit moteur"


def test_short_queries_are_words_that_occur_together(collection: Collection) -> None:
    texts = [content_words(f"{text.title}. {text.body}") for text in collection.texts]
    queries = [query.split() for query in collection.short_queries(30)]
    assert {len(words) for words in queries} == {2, 3, 4}
    assert all(any(set(words) <= set(text) for text in texts) for words in queries)


def test_needs_to_ask_with_are_long_and_not_in_the_collection(
    collection: Collection, documents: list[Document]
) -> None:
    """A title loses marks that stand alone at its ends; one that is a name is a word more."""
    needs = collection.needs(20)
    low, high = QUERY_NEED_LENGTHS
    assert all(low - 3 <= len(query.split()) <= high + 1 for query in collection.long_queries(20))
    assert {need.kind for need in needs} == {"need"}
    assert not {need.id for need in needs} & {document.id for document in documents}


def test_without_package_lists_all_is_english(tmp_path: Path) -> None:
    collection = Collection(shared=tmp_path, translations=tmp_path)
    assert descriptions(tmp_path) == {}
    assert {text.language for document in collection.documents(300) for text in document.texts} == {"en"}


def test_package_lists_are_read() -> None:
    told = (
        "Un moteur qui tourne lentement et ne consomme presque rien, même sous la pluie d'automne. "
        "Il se répare sans outil."
    )
    assert parsed(TRANSLATIONS) == [("petit moteur", told)]
