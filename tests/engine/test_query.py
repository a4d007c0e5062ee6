from __future__ import annotations

from hypothesis import given, strategies as st

from verdure.engine.query import MOST_WORDS, parse, parse_text, together


def written(text: str, *languages: str) -> list[str]:
    return [word.written for word in parse(text, languages).words]


def test_parse_keeps_words_with_content() -> None:
    assert written("the use of solar pumps", "en") == ["use", "solar", "pumps"]


def test_parse_keeps_function_words_when_there_is_nothing_else() -> None:
    assert written("the who", "en") == ["the", "who"]


def test_parse_reads_phrases_and_minus_words() -> None:
    query = parse('"heat pump" house -nuclear -"coal fired"', ["en"])
    assert query.phrases == (("heat", "pump"),)
    assert query.excluded == (("nuclear",), ("coal", "fired"))
    assert query.text == "heat pump house"
    assert [word.written for word in query.words] == ["heat", "pump", "house"]


def test_parse_takes_a_hyphen_inside_a_word_for_a_hyphen() -> None:
    assert parse("low-carbon steel", ["en"]).excluded == ()


def test_parse_takes_signs_in_a_long_query_for_punctuation() -> None:
    text = 'We need "green" cement kilns that burn biomass -not coal- and run on cheap power near small remote islands'
    query = parse(text, ["en"])
    assert (query.phrases, query.excluded, query.text) == ((), (), text)


def test_parse_stems_in_every_language_of_the_collection() -> None:
    word = parse("instalaciones", ["en", "es"]).words[0]
    assert set(word.stems) == {"instalacion", "instal"}
    assert parse("las instalaciones", ["en", "es"]).words[0].stems == ("instal",)
    assert parse("las instalaciones", ["en", "es"]).words[0].foreign == ("instalacion",)


def test_parse_counts_repeated_words() -> None:
    assert [(w.written, w.weight) for w in parse("solar Solar pump", ["en"]).words] == [("solar", 2.0), ("pump", 1.0)]


def test_parse_reads_no_more_than_it_must() -> None:
    assert len(parse(" ".join(f"word{n}" for n in range(3000)), ["en"]).words) == MOST_WORDS


def test_together_merges_versions() -> None:
    query = together([parse_text("solar pump", "en"), parse_text("pompe solaire", "fr")])
    assert [word.surface for word in query.words] == ["solar", "pump", "pompe", "solaire"]


@given(st.text(max_size=200), st.lists(st.sampled_from(["en", "ja", "ar", "fr", ""]), max_size=3))
def test_parse_of_anything(text: str, languages: list[str]) -> None:
    for word in parse(text, languages).words:
        assert word.stems
        assert word.surface
        assert word.weight >= 1
