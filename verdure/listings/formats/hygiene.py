"""Text as it may enter the database, the same for every way in.

Rules, in this order:
- half surrogates become U+FFFD; carriage returns and the other line and page separators become line feeds;
- control characters (NUL too), byte order marks, noncharacters and invisible tag characters go;
- bidirectional embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069) go, because they can make a text
  read otherwise than it is stored; the marks U+200E and U+200F, which right-to-left writers need, stay;
- Unicode normal form C;
- white space is folded: one line for titles and names, paragraphs (at most one empty line) for longer text.

All functions are idempotent and never raise.
"""

from __future__ import annotations

import html
import re
import unicodedata

TITLE_LIMIT = 300
SUMMARY_LIMIT = 1_000
TEXT_LIMIT = 50_000

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    + _NONCHARACTERS
    + "]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def _legible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = _SURROGATES.sub("\ufffd", text)
    text = _HIDDEN.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """The text on one line, words apart by one space."""
    return " ".join(_legible(text).split())


def clean_text(text: str) -> str:
    """The text in paragraphs: no space at the ends of lines, at most one empty line in a row."""
    if not text:
        return ""
    lines = (line.strip() for line in _SPACES.sub(" ", _legible(text)).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


# A closed list: "a < b" and "<0.5 mm>" are text, and so is a tag that HTML does not know.
_ELEMENTS = (
    "a|abbr|article|b|big|blockquote|body|br|center|cite|code|dd|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|head|"
    "header|hr|html|i|iframe|img|li|link|main|meta|nav|ol|p|pre|q|s|section|small|span|strike|strong|sub|sup|table|tbody|"
    "td|tfoot|th|thead|title|tr|tt|u|ul"
)
_DROPPED = re.compile(r"<(script|style)\b[^>]{0,2000}>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_BREAKS = re.compile(r"<(?:br|/p|/div|/h[1-6]|/tr|/ul|/ol|li|hr)\b[^<>]{0,2000}>", re.I)
_TAGS = re.compile(rf"</?(?:{_ELEMENTS})(?:\s[^<>]{{0,2000}})?/?>", re.I)
# Some sources cut the code points of typographic marks to their low byte: U+2019 became "&#x19;".
_CUT = re.compile(r"&#(?:x(1[0-9a-f])|(1[6-9]|2[0-9]|3[01]));", re.I)


def _restore_cut(match: re.Match[str]) -> str:
    low = int(match[1], 16) if match[1] else int(match[2])
    return chr(0x2000 + low)


def strip_markup(text: str) -> str:
    """HTML as plain text: known tags go, paragraphs stay apart, character references are resolved (twice: some sources
    escape twice)."""
    for _ in range(2):
        if "&" in text:
            text = html.unescape(_CUT.sub(_restore_cut, text))
    if "<" not in text:
        return text
    return _TAGS.sub("", _BREAKS.sub("\n", _DROPPED.sub("", text)))


_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"”»)])|[。！？]|\n\n")


def opening(text: str, limit: int) -> str:
    """The first whole sentences within `limit` characters; a longer first sentence is cut between words, with "…"."""
    text = text.strip()
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: limit + 1]) if match.end() <= limit]
    if ends and ends[-1] >= limit // 4:
        return text[: ends[-1]].strip()
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip(" ,;:") + "…"
