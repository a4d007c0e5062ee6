"""Where two documents stand apart from their texts, as `match` has it, over arrays: what excludes, and what weighs.

The rules are those of `match._eligible` and of its reasons; a test holds the two against each other. Sets of places,
deals and goals become bits, so that what two documents share is an AND and a count of ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from verdure.engine.match import UNKNOWN, Rules
from verdure.engine.sides import NOWHERE, Ragged, Side

Bits = NDArray[np.uint64]
WORD = 64


ORGANISATION, READINESS, OPEN, CURRENCY = range(4)
"""Columns of `Said.plain`. Organisation and currency are -1 for none; open is 0 for a need past its deadline."""


class Said(NamedTuple):
    """One side, in few arrays: compiled code counts references to each array that it touches.

    `plain` (n, 4), see above. `bits` (n, words): what is set, see `Spans`. `amount` (n,) is the least cost or
    the largest budget, NaN for none. `fields` are numbers of `Tables`, those of row i from `field_starts[i]`.
    """

    plain: NDArray[np.int64]
    bits: Bits
    amount: NDArray[np.float64]
    field_starts: NDArray[np.int64]
    fields: NDArray[np.int32]


class Spans(NamedTuple):
    """Where in `Said.bits` each set begins: places, places or else the owner's country, deals, goals; and the end."""

    places: int
    wanted: int
    deals: int
    goals: int
    end: int


class Tables(NamedTuple):
    """Of two field codes a and b at [a, b]: how near they are, and whether b is a or below it, a being no top level."""

    nearness: NDArray[np.float32]
    within: NDArray[np.bool_]


class Weights(NamedTuple):
    """`Rules` as compiled code takes them; a bool says whether that reason excludes."""

    country_hard: bool
    deal_hard: bool
    readiness_hard: bool
    field: float
    country: float
    deal: float
    readiness: float
    goal: float
    amount: float
    unknown: float


def weights_of(rules: Rules) -> Weights:
    return Weights(
        "country" in rules.hard,
        "deal" in rules.hard,
        "readiness" in rules.hard,
        rules.field,
        rules.country,
        rules.deal,
        rules.readiness,
        rules.goal,
        rules.amount,
        UNKNOWN,
    )


def said_by(technologies: Side, needs: Side, *, codes: Sequence[str], today: date) -> tuple[Said, Said, Spans, Tables]:
    """Technologies, needs, and what explains their arrays; `codes` says which dotted code a field's number is."""
    places = _shared_bits(technologies.places, needs.places, _home(needs))
    deals = _shared_bits(technologies.deals, needs.deals)
    goals = _shared_bits(technologies.goals or _nothing(technologies), needs.goals or _nothing(needs))
    wanted = np.where(places[1].any(axis=1, keepdims=True), places[1], places[2])
    known = np.unique(np.concatenate([technologies.fields.values, needs.fields.values]))
    still = (needs.deadline == 0) | (needs.deadline >= today.toordinal())
    offer = np.concatenate([places[0], places[0], deals[0], goals[0]], axis=1)
    wish = np.concatenate([places[1], wanted, deals[1], goals[1]], axis=1)
    widths = np.cumsum([0, *(part.shape[1] for part in (places[0], places[0], deals[0], goals[0]))]).tolist()
    return (
        _said(technologies, offer, known, np.ones(len(technologies), np.bool_), "low"),
        _said(needs, wish, known, still, "high"),
        Spans(*widths),
        _tables([codes[number] for number in known.tolist()]),
    )


def _said(side: Side, bits: Bits, known: NDArray[np.uint32], still: NDArray[np.bool_], end: str) -> Said:
    currency, amount = np.full(len(side), -1, np.int64), np.full(len(side), np.nan)
    if side.amounts is not None:
        currency = np.where(side.amounts.currency == NOWHERE, -1, side.amounts.currency.astype(np.int64))
        amount = getattr(side.amounts, end).astype(np.float64)
    return Said(
        plain=np.stack([side.organisation, side.readiness, still, currency], axis=1).astype(np.int64),
        bits=np.ascontiguousarray(bits),
        amount=amount,
        field_starts=np.ascontiguousarray(side.fields.starts, dtype=np.int64),
        fields=np.searchsorted(known, side.fields.values).astype(np.int32),
    )


def _home(side: Side) -> Ragged:
    home = np.full(len(side), NOWHERE, np.uint32) if side.home is None else side.home
    there = home != NOWHERE
    starts = np.concatenate([[0], np.cumsum(there)]).astype(np.int64)
    return Ragged(starts, home[there].astype(np.uint32))


def _nothing(side: Side) -> Ragged:
    return Ragged(np.zeros(len(side) + 1, dtype=np.int64), np.zeros(0, dtype=np.uint32))


def _shared_bits(*columns: Ragged) -> tuple[Bits, ...]:
    """A bit for each value that any of the columns holds; at least one word of bits."""
    known = np.unique(np.concatenate([column.values for column in columns]))
    words = max(1, -(-len(known) // WORD))
    return tuple(_bits(column, known, words) for column in columns)


def _bits(column: Ragged, known: NDArray[np.uint32], words: int) -> Bits:
    made = np.zeros((len(column), words), dtype=np.uint64)
    rows = np.repeat(np.arange(len(column)), np.diff(column.starts))
    numbers = np.searchsorted(known, column.values)
    bit = np.left_shift(np.uint64(1), (numbers % WORD).astype(np.uint64))
    np.bitwise_or.at(made, (rows, numbers // WORD), bit)
    return made


def _tables(codes: Sequence[str]) -> Tables:
    """As `match.field_reason`: levels in common over levels of the deeper one."""
    levels = [code.split(".") for code in codes]
    nearness = np.zeros((len(codes), len(codes)), dtype=np.float32)
    within = np.zeros((len(codes), len(codes)), dtype=np.bool_)
    for a, one in enumerate(levels):
        for b, other in enumerate(levels):
            common = _common(one, other)
            nearness[a, b] = common / max(len(one), len(other))
            within[a, b] = len(one) > 1 and common == len(one)
    return Tables(nearness, within)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Levels from the top that are the same."""
    for depth, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return depth
    return min(len(one), len(other))
