from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from benchmarks.build import Built, Made, build
from benchmarks.collection import Collection
from benchmarks.contenders import GivenVectors
from benchmarks.questions import WARM, new_documents, questions
from verdure.engine.documents import SearchRequest
from verdure.engine.index import Index
from verdure.engine.writer import IndexWriter

FIRST = Made(count=60, seed=3, translations="")
LARGER = Made(count=90, seed=3, translations="")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Modelled on the sample collection, which takes a moment where the shared data take seconds."""
    folder = tmp_path_factory.mktemp("built") / "folder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.build.Collection", partial(Collection, shared=folder))
        build(folder, FIRST)
        build(folder, LARGER)
        yield Built(folder)


def test_a_smaller_build_grows_to_a_larger_one(built: Built) -> None:
    with IndexWriter(built.index_folder, built.encoder) as writer:
        assert writer.ids == frozenset(range(1, 91))
    assert Made.read(built.index_folder.parent).seconds > 0


def test_documents_are_indexed_as_they_were_made(built: Built) -> None:
    index = Index(built.index_folder, built.encoder)
    made = list(built.collection.documents(90))
    assert [index.document(document.id) for document in made] == made
    assert index.search(SearchRequest(text=made[0].texts[0].title)).mode == "hybrid"


def test_another_collection_is_not_written_into_the_same_folder(built: Built) -> None:
    with pytest.raises(SystemExit, match="holds another collection"):
        build(built.index_folder.parent, Made(count=90, seed=4, translations=""))


def test_an_unfinished_build_is_not_measured(built: Built, tmp_path: Path) -> None:
    FIRST.write(tmp_path)
    with pytest.raises(SystemExit, match="not finished"):
        Built(tmp_path)


def test_no_question_is_asked_twice(built: Built) -> None:
    asked = questions(built, short=20, needs=5)
    short = [question for group in ("short", "short, 1 filter", "short, 2 filters") for question in asked[group]]
    assert [len(asked[group]) for group in asked] == [30, 30, 30, 15, 15]
    assert {len(question.filters) for question in short} == {0, 1, 2}
    assert len({question.text for question in short}) > 0.9 * len(short)


def test_new_documents_are_asked_for_the_other_side(built: Built) -> None:
    asked = new_documents(built, 2)
    sides = {
        group: {(question.subject.kind if question.subject else "", question.filters) for question in asked_of_group}
        for group, asked_of_group in asked.items()
    }
    assert sides == {
        "new need": {("need", (("kind", "technology"),))},
        "new technology": {("technology", (("kind", "need"),))},
    }
    assert {len(group) for group in asked.values()} == {2 + WARM}


def test_the_given_vector_is_that_of_the_present_question(built: Built) -> None:
    encoder = GivenVectors("same", built.encoder)
    encoder.present = built.encoder.encode_queries(["wind"])[0]
    assert encoder.encode_queries(["sun"]).tolist() == [encoder.present.tolist()]
