from __future__ import annotations

from hypothesis import given, strategies as st

from tests.engine.samples import BagOfStems, make_technology, make_text
from verdure.engine.background import SENTENCES, background_of
from verdure.engine.documents import DocumentText
from verdure.engine.passages import MOST, WORDS, pieces, whole_text
from verdure.engine.reading import Reading


def test_a_short_text_is_its_whole_and_its_body() -> None:
    document = make_technology(1, "Solar pump", "Lifts water")
    assert Reading().passages(document) == ("Solar pump. Lifts water.", "Lifts water")


def test_a_title_alone_is_one_passage() -> None:
    assert Reading().passages(make_technology(1, "Solar pump")) == ("Solar pump.",)
    assert Reading().passages(make_technology(1, texts=())) == ()


def test_every_version_has_passages() -> None:
    document = make_technology(1, texts=(make_text("Pump", "Water"), make_text("Pompe", "Eau", language="fr")))
    assert Reading().passages(document) == ("Pump. Water.", "Water", "Pompe. Eau.", "Eau")


def test_whole_text_puts_the_most_telling_first() -> None:
    text = DocumentText(language="en", title="T!", summary="S", body="B.", keywords=("k", "l"))
    assert whole_text(text) == "T! S. k, l. B."


def test_pieces_of_a_long_text() -> None:
    words = [f"w{n}" for n in range(2 * WORDS + 10)]
    assert [len(piece.split()) for piece in pieces(" ".join(words))] == [WORDS, WORDS + 10]
    assert len(pieces("word " * 100_000)) == MOST


def test_pieces_of_a_text_without_spaces() -> None:
    assert {len(piece) for piece in pieces("水" * (3 * WORDS * 4))} == {3 * WORDS}


@given(st.text(max_size=2000))
def test_pieces_lose_no_word(text: str) -> None:
    assert "".join("".join(pieces(text)).split()) == "".join(text.split())


def test_background_tells_related_from_unrelated() -> None:
    background = background_of(BagOfStems().encode_passages(SENTENCES))
    assert 0 < background.mean < 0.3
    assert background.share(background.mean - 1) == 0
    assert background.share(1.0) == 1
    assert background.mean < background.related < 1
