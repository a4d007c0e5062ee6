from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, strategies as st

from verdure.listings.formats.hygiene import clean_line, clean_text, opening, strip_markup

ANY = st.text(st.characters(), max_size=60) | st.text(
    "ab \t\r\n\x00\x0b\x85\u2028\u202e\u200f\ud800\ufeff\u0301é", max_size=30
)


@given(ANY)
def test_clean_text_is_idempotent_legible_and_normal(text: str) -> None:
    for clean in (clean_line, clean_text):
        made = clean(text)
        assert clean(made) == made
        assert unicodedata.normalize("NFC", made) == made
        assert made == made.strip()
        made.encode("utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]", made)
    assert "\n" not in clean_line(text)
    assert "\n\n\n" not in clean_text(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\0b\x07c", "abc"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("\u2067x\u2069", "x"),
        ("\u200fعربي\u200e", "\u200fعربي\u200e"),
        ("e\u0301", "é"),
        (" a\u00a0\t b\r\nc ", "a b c"),
        ("half \ud83d", "half \ufffd"),
        ("hid\U000e0041den", "hidden"),
    ],
)
def test_clean_line(text: str, line: str) -> None:
    assert clean_line(text) == line


def test_clean_text_keeps_paragraphs() -> None:
    assert clean_text(" one \r\n two\u2029\n\n\n three  four ") == "one\ntwo\n\nthree four"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One</p><p>Two<br/>Three</p>", "One\nTwo\nThree"),
        ("a < b and c > d", "a < b and c > d"),
        ("<0.5 mm> and <unknown>", "<0.5 mm> and <unknown>"),
        ("x <script>alert(1)</script>y<style>p{}</style>z<!-- no -->", "x yz"),
        ('<a href="https://e.example" onclick="x()">link</a>', "link"),
        ("&lt;b&gt;twice&lt;/b&gt; &amp;amp; NASA&#x19;s &#20; &nbsp;", "twice & NASA’s —"),
        ("<script>never closed", ""),
    ],
)
def test_strip_markup(text: str, plain: str) -> None:
    assert clean_text(strip_markup(text)) == plain


@given(st.text("ab. !\n", max_size=400), st.integers(20, 200))
def test_an_opening_is_within_its_limit_and_begins_the_text(text: str, limit: int) -> None:
    made = opening(text, limit)
    assert len(made) <= limit
    assert text.strip().startswith(made.removesuffix("…"))


def test_an_opening_ends_at_a_sentence_or_between_words() -> None:
    assert opening("One is done. Two is not done yet.", 20) == "One is done."
    assert opening("One very long sentence without an end", 20) == "One very long…"
    assert opening("一二三四五。六七八九十。", 8) == "一二三四五。"
    assert opening("short", 300) == "short"
