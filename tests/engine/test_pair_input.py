from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.engine.pair_samples import make_sample
from tests.engine.samples import COLLECTION, BagOfStems, make_index, make_need, make_technology, make_text
from verdure.engine.documents import Document
from verdure.engine.pair_input import Input, input_of
from verdure.engine.pairs import Pairs, Plan
from verdure.engine.passages import whole_text
from verdure.engine.sides import NOWHERE, Numbers, Ragged, Side, side_of
from verdure.engine.snapshot import Snapshot, Snapshots

TODAY = date(2025, 6, 1)
ENCODER = BagOfStems()


def snapshot_of(folder: Path, *documents: Document) -> Snapshot:
    make_index(folder, *documents, encoder=ENCODER)
    return Snapshots(folder).newest()


def told(column: Ragged | None, names: list[str] | tuple[str, ...]) -> list[set[str]]:
    assert column is not None
    return [
        {names[number] for number in column.values[start:end].tolist()}
        for start, end in zip(column.starts[:-1], column.starts[1:], strict=True)
    ]


def words(side: Side) -> list[dict[int, int]]:
    rows = zip(side.terms.starts[:-1], side.terms.starts[1:], strict=True)
    return [dict(zip(side.terms.terms[a:b].tolist(), side.terms.counts[a:b].tolist(), strict=True)) for a, b in rows]


def compare(found: Side, names: tuple[str, ...], documents: list[Document]) -> None:
    numbers = Numbers()
    vectors = ENCODER.encode_passages([whole_text(document.texts[0]) for document in documents])
    expected = side_of(documents, vectors, numbers)
    for name in ("ids", "organisation", "readiness", "deadline"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist(), name
    np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-6)
    for name in ("places", "deals", "fields", "goals"):
        assert told(getattr(found, name), names) == told(getattr(expected, name), numbers.values), name
    assert words(found) == words(expected)
    assert found.amounts is None


def test_rows_tell_what_the_documents_say(tmp_path: Path) -> None:
    sample = make_sample(1, 15, 20)
    documents = [replace(document, amount=None) for document in (*sample.needs, *sample.technologies)]
    given = input_of(snapshot_of(tmp_path, *documents).rows)
    # An ancestor of another of its fields is no field of its own.
    fields_of = {
        d.id: tuple(a for a in d.fields if not any(b.startswith(a + ".") for b in d.fields)) for d in documents
    }
    documents = [replace(document, fields=fields_of[document.id]) for document in documents]
    compare(given.needs, given.codes, [document for document in documents if document.kind == "need"])
    compare(given.technologies, given.codes, [document for document in documents if document.kind == "technology"])


def test_the_owner_s_country_is_the_same_place(tmp_path: Path) -> None:
    needs = (make_need(1, country="KE"), make_need(2, country="PE"), make_need(3))
    given = input_of(snapshot_of(tmp_path, *needs, make_technology(4, places=("KE", "UG"))).rows)
    assert given.needs.home is not None
    (kenya,) = {n for n in given.technologies.places.values.tolist() if given.codes[n] == "KE"}
    assert given.needs.home[0] == kenya
    assert given.needs.home[1] not in given.technologies.places.values.tolist()
    assert given.needs.home[1] >= len(given.codes)
    assert given.needs.home[2] == NOWHERE


def test_versions_share_a_length_and_lose_their_own_grammar(tmp_path: Path) -> None:
    texts = (make_text("The pump of the die"), make_text("Die Pumpe und der Brunnen", language="de"))
    given = input_of(snapshot_of(tmp_path, make_technology(1, texts=texts), make_technology(2, "The die")).rows)
    both, english = words(given.technologies)
    assert given.technologies.terms.lengths.tolist() == [5, 2]
    assert english.items() <= {**both, next(iter(english)): 1}.items()
    assert len(english) == 1


def test_an_empty_index_has_two_empty_sides(tmp_path: Path) -> None:
    given = input_of(snapshot_of(tmp_path, make_technology(1)).rows)
    assert (len(given.needs), len(given.technologies)) == (0, 1)
    run = pairs_of(given, snapshot_of(tmp_path, make_technology(1)))
    run.run()
    assert run.best("technology").places.tolist() == [[-1] * 10]


def pairs_of(given: Input, snapshot: Snapshot) -> Pairs:
    plan = Plan(today=TODAY, background=snapshot.background, top=10)
    return Pairs(given.needs, given.technologies, codes=given.codes, plan=plan)


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_and_a_single_question_agree(tmp_path: Path, seed: int) -> None:
    """On who may match and on the best; the order of the rest may differ (see `pairs`)."""
    sample = make_sample(seed, 10, 40)
    documents = [replace(document, amount=None) for document in (*sample.needs, *sample.technologies, *COLLECTION)]
    documents = [replace(document, id=number) for number, document in enumerate(documents, 1)]
    index = make_index(tmp_path, *documents, encoder=ENCODER)
    snapshot = Snapshots(tmp_path).newest()
    given = input_of(snapshot.rows)
    run = pairs_of(given, snapshot)
    run.run()
    best = run.best("need")
    agreed = total = 0
    for row, identifier in enumerate(given.needs.ids.tolist()):
        single = [match.technology for match in index.matches(identifier, today=TODAY, limit=10)]
        batch = [int(given.technologies.ids[place]) for place in best.places[row] if place >= 0]
        agreed += len(set(single) & set(batch))
        total += len(single)
    assert total > 20
    assert agreed >= 0.8 * total


def test_every_column_is_there(tmp_path: Path) -> None:
    given = input_of(snapshot_of(tmp_path, *COLLECTION).rows)
    assert [f.name for f in fields(Side) if getattr(given.needs, f.name) is None] == ["amounts"]
