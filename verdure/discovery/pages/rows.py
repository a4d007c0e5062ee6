"""A match as a thread between two listings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from verdure.listings.models import Listing
from verdure.listings.pages.rows import Side, side

from ..models import Match
from ..reasons import Sentence, sentences_of

STRONG, GOOD = 0.65, 0.5  # scores; about one match in thirty of the sample collection is strong, one in ten good


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    need: Side
    technology: Side
    reasons: Sequence[Sentence]
    fit: str
    state: str = "suggestion"
    is_new: bool = False
    also: Sequence[Side] = ()


def match_row(match: Match, *, is_new: bool = False, also: Sequence[Listing] = ()) -> MatchRow:
    """`is_new`: the reader's own side has not looked at it yet. `also`: what is nearly the same as the other side."""
    return MatchRow(
        need=side(match.need),
        technology=side(match.technology),
        reasons=sentences_of(match),
        fit=fit_word(match.score),
        is_new=is_new,
        also=[side(listing) for listing in also],
    )


def fit_word(score: float) -> str:
    if score >= STRONG:
        return _("strong fit")
    return _("good fit") if score >= GOOD else _("possible fit")
