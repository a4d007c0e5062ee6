"""Cells that a spreadsheet would run as a formula, or our reader take as a remark, are led by an apostrophe.

`unprotect` is the exact inverse of `protect`.
"""

from __future__ import annotations

import re

# Full-width signs start formulas too where Japanese or Chinese is set.
_RISKY = re.compile("'*[=+\\-@\t\r\n#|%＝＋－＠]")


def protect(text: str) -> str:
    return f"'{text}" if _RISKY.match(text) else text


def unprotect(text: str) -> str:
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text
