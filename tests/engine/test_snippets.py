from __future__ import annotations

from hypothesis import given, strategies as st

from tests.engine.samples import make_technology, make_text, shown
from verdure.engine.query import parse
from verdure.engine.snippets import TITLE_WIDTH, WIDTH, excerpt, marked, marker_of
from verdure.engine.text import Marker


def wanted(text: str) -> Marker:
    return marker_of(parse(text, ["en"]).words)


def test_marked_pieces_are_the_text() -> None:
    assert marked("Solar pumps.", "en", wanted("pump")) == (("Solar ", False), ("pumps", True), (".", False))
    assert marked("Solar", "en", Marker(())) == (("Solar", False),)
    assert marked("", "en", wanted("pump")) == ()


@given(st.text(max_size=200), st.text(max_size=20))
def test_marked_joined_is_the_text(text: str, query: str) -> None:
    assert "".join(piece for piece, _ in marked(text, "en", wanted(query))) == text


def test_excerpt_shows_the_summary_when_nothing_matches() -> None:
    document = make_technology(1, "Title", texts=(make_text("Title", "The summary.", body="The body."),))
    assert shown(excerpt(document, wanted("nothing")).summary) == "The summary."


def test_excerpt_shows_the_body_where_only_that_matches() -> None:
    body = "word " * 200 + "here the pump lifts water " + "word " * 50
    document = make_technology(1, texts=(make_text("Title", "The summary.", body=body),))
    summary = shown(excerpt(document, wanted("pump water")).summary)
    assert "here the [pump] lifts [water] word" in summary
    assert summary.startswith("…word")
    assert summary.endswith("word…")
    assert len(summary) < WIDTH + 20


def test_excerpt_prefers_a_stretch_with_different_words() -> None:
    body = "pump pump pump pump " + "filler " * 80 + "solar pump for water " + "filler " * 40
    document = make_technology(1, texts=(make_text("Title", body=body),))
    assert "[solar] [pump] for [water]" in shown(excerpt(document, wanted("solar pump water")).summary)


def test_excerpt_cuts_a_long_title() -> None:
    title = shown(excerpt(make_technology(1, "long " * 2000), Marker(())).title)
    assert len(title) == TITLE_WIDTH + 1
    assert title.endswith("…")


def test_excerpt_of_a_document_without_text() -> None:
    assert shown(excerpt(make_technology(1, texts=()), wanted("x")).title) == ""


def test_excerpt_chooses_the_version() -> None:
    document = make_technology(1, texts=(make_text("Pump"), make_text("Pompe", language="fr")))
    assert excerpt(document, wanted("pompe")).language == "fr"
    assert excerpt(document, wanted("pompe"), "en").language == "en"
    assert excerpt(document, wanted("zzz"), "de").language == "en"
