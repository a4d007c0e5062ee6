from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from verdure.engine.text import Marker, detect_language, fold, forms, function_words, tokens, words_in


def surfaces(text: str, language: str = "") -> list[str]:
    return [token.surface for token in tokens(text, language)]


def stems(text: str, language: str = "") -> list[str]:
    return [token.stem for token in tokens(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Na-ion cells, 2.5 kWh", "en", ["na", "ion", "cells", "2", "5", "kwh"]),
        ("CO₂ and ＡＢＣ", "en", ["co2", "and", "abc"]),
        ("naïve Straße Øresund", "", ["naive", "strasse", "oresund"]),
        ("L’énergie d'été", "fr", ["l", "energie", "d", "ete"]),
        ("नवीकरणीय ऊर्जा", "hi", ["नवीकरणीय", "ऊर्जा"]),
        ("太陽光発電のコスト", "ja", ["太陽", "陽光", "光発", "発電", "の", "コス", "スト"]),
        ("可再生能源2030年", "zh", ["可再", "再生", "生能", "能源", "2030", "年"]),
        ("기술을", "ko", ["기술", "술을"]),
        ("الطاقةُ المتجدّدة ٢٠٣٠", "ar", ["الطاقه", "المتجدده", "2030"]),
        ("أحمد إحمد آحمد", "ar", ["احمد", "احمد", "احمد"]),
        ("ΕΝΈΡΓΕΙΑ ενέργεια", "el", ["ενεργεια", "ενεργεια"]),
        ("İstanbul ışık", "tr", ["istanbul", "isik"]),
        ("", "", []),
        ("!?… — ", "", []),
        ("a_b", "", ["a", "b"]),
    ],
)
def test_tokens_surfaces(text: str, language: str, expected: list[str]) -> None:
    assert surfaces(text, language) == expected


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("batteries", "battery", "en"),
        ("instalación", "instalaciones", "es"),
        ("énergétique", "énergétiques", "fr"),
        ("instalação", "instalações", "pt"),
        ("источники", "источников", "ru"),
        ("Windräder", "Windrädern", "de"),
        ("المتجددة", "متجددة", "ar"),
    ],
)
def test_tokens_stem_inflections_alike(one: str, other: str, language: str) -> None:
    assert stems(one, language) == stems(other, language)


def test_tokens_split_names_joined_by_capitals() -> None:
    found = tokens("OpenEnergyModel", "en")
    assert [(t.surface, t.stem) for t in found] == [("openenergymodel", s) for s in ("open", "energi", "model")]
    assert surfaces("kWh LoRaWAN pH", "en") == ["kwh", "lorawan", "ph"]


def test_tokens_remember_their_place() -> None:
    text = "Ein Windrad – 太陽光 und CO₂"
    assert [text[t.start : t.end] for t in tokens(text, "de")] == ["Ein", "Windrad", "太陽", "陽光", "und", "CO₂"]


def test_tokens_cut_a_word_without_end() -> None:
    assert [len(token.surface) for token in tokens("x" * 100_000)] == [64]


@given(st.text(max_size=300), st.sampled_from(["", "en", "ja", "ar", "tr", "de", "zz"]))
def test_tokens_of_anything(text: str, language: str) -> None:
    found = tokens(text, language)
    assert ([t.surface for t in found], [t.stem for t in found]) == forms(text, language)
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
        assert token.surface
        assert token.stem
        assert not any(c.isspace() for c in token.surface + token.stem)


@given(st.text(max_size=60))
def test_fold_twice_is_fold_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcdé ß-'", max_size=60))
def test_tokens_ignore_case(text: str) -> None:
    assert surfaces(text.upper(), "fr") == surfaces(text, "fr")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The pump lifts water from the well.", "en"),
        ("La pompe élève l'eau du puits.", "fr"),
        ("La bomba eleva el agua del pozo.", "es"),
        ("A bomba eleva a água do poço.", "pt"),
        ("Die Pumpe hebt das Wasser aus dem Brunnen.", "de"),
        ("Насос поднимает воду из колодца.", "ru"),
        ("المضخة ترفع الماء من البئر", "ar"),
        ("水泵从井里抽水", "zh"),
        ("ポンプは井戸から水を汲み上げる", "ja"),
        ("펌프는 우물에서 물을 끌어올린다", "ko"),
        ("पंप कुएँ से पानी उठाता है", "hi"),
        ("1234", ""),
    ],
)
def test_detect_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_function_words_are_surfaces() -> None:
    assert {"the", "of"} <= function_words("en")
    assert "à" not in function_words("fr")
    assert "a" in function_words("fr")
    assert function_words("pt-BR") == function_words("pt")
    assert function_words("xx") == frozenset()


def test_marker_joins_overlapping_pairs() -> None:
    assert Marker({"太陽", "陽光"}).spans("太陽光発電", "ja") == [(0, 3)]
    assert Marker({"pump"}).spans("Pumps, pumping and a pump", "en") == [(0, 5), (7, 14), (21, 25)]
    assert Marker({"pump"}).spans("no SolarPump, noPump", "en") == [(8, 12)]
    assert Marker({"resume"}).spans("a résumé, an unresumed", "fr") == [(2, 8)]
    assert Marker({"eau"}).spans("l’eau – eau", "fr") == [(2, 5), (8, 11)]
    assert Marker({"पंप"}).spans("सौर पंप", "hi") == [(4, 7)]


def test_words_in_counts_characters_where_nothing_is_spaced() -> None:
    assert words_in("photovoltaics") == 1
    assert words_in("可再生能源技术") == pytest.approx(7 / 3)
