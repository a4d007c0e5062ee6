"""The compiled inner loops of `pairs`: score a block of subjects against a shard of candidates, keep the best of both.

A kept pair is one int64: its score in millionths above 32 bits that fall with the partner's rank by id. So the larger
key is the better pair, equal scores (to six digits, as everywhere in the engine) go by id, and what is kept does not
depend on the order in which pairs are seen, nor on blocks, shards or threads. Key 0 is an empty place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from verdure.engine.agreement import CURRENCY, OPEN, ORGANISATION, READINESS, Bits, Said, Spans, Tables, Weights
from verdure.engine.compiled import compiled, inlined, ones
from verdure.engine.sparse import Floats, Integers

MILLION = 1_000_000
LOWER = 0xFFFFFFFF
SLACK = 2e-6
"""More than rounding to millionths and the error of a float32 sum can move a score."""

Keys = NDArray[np.int64]
Plain = NDArray[np.int64]


class Subjects(NamedTuple):
    """What the score of each asking row is made with, (n,) each: the part of words is `words × √BM25`, at most
    `most_words`; of meaning `meaning × (cosine - unrelated)`, from 0 to `most_meaning`; of all else `rest × agreement`.
    `most_field` and `most_other` are the most that the field, and the rest without it, can add to the score. `rank` is
    a row's place by id, from 0.
    """

    words: Floats
    most_words: Floats
    meaning: Floats
    most_meaning: Floats
    rest: Floats
    most_field: Floats
    most_other: Floats
    rank: NDArray[np.int64]


class Candidates(NamedTuple):
    """The other side. `keys` (m, k) are min-heaps of each row's best subjects and `limits` (m,) the scores from which
    a pair enters; k = 0 and infinite limits where they are not wanted."""

    rank: NDArray[np.int64]
    keys: Keys
    limits: Floats


class Bounds(NamedTuple):
    """`unrelated` and `related` as cosines (see `background`); `least` is the lowest score that is kept."""

    unrelated: float
    related: float
    least: float
    subject_is_need: bool


class Run(NamedTuple):
    """Everything that stays the same from block to block."""

    subjects: Subjects
    said: Said
    candidates: Candidates
    other: Said
    spans: Spans
    tables: Tables
    weights: Weights
    bounds: Bounds


class Shard(NamedTuple):
    """Candidates from `first` on: the terms of the asking rows (see `sparse.Asked`), the lists of words, and those of
    fields: candidates with field code c are at `field_starts[c]:field_starts[c + 1]`. Places count from `first`."""

    first: int
    asked_starts: NDArray[np.int64]
    asked_terms: Integers
    weights: Floats
    starts: Integers
    places: NDArray[np.uint16]
    impacts: Floats
    field_starts: NDArray[np.int64]
    field_places: NDArray[np.int64]


@compiled
def rank_block(run: Run, shard: Shard, first: int, cosines: Floats, words: Floats, keys: Keys) -> None:
    """Puts the best candidates of subjects `first`, … into `keys` (b, k), heaps, and the subjects into theirs.

    `words` (b, s) holds what the dense terms gave and is overwritten; `cosines` is (b, s), or (0, 0) without meaning.
    """
    fields = np.empty(len(run.tables.nearness), dtype=np.float32)
    chosen = np.empty(words.shape[1], dtype=np.int64)
    for row in range(len(words)):
        subject = first + row
        if not run.said.plain[subject, OPEN]:
            continue
        add_lists(words[row], shard, subject)
        if len(cosines) and run.subjects.most_meaning[subject] > 0:
            mix(words[row], cosines[row], run.subjects, subject, run.bounds)
        else:
            mix_words(words[row], run.subjects, subject)
        nearest_fields(fields, run, subject)
        count = choose_related(run, shard, subject, words[row], keys[row], chosen)
        keep(run, shard, subject, chosen[:count], words[row], fields, keys[row])
        count = choose_fellows(run, shard, subject, words[row], chosen)
        keep(run, shard, subject, chosen[:count], words[row], fields, keys[row])


@compiled
def add_lists(scores: Floats, shard: Shard, subject: int) -> None:
    for i in range(shard.asked_starts[subject], shard.asked_starts[subject + 1]):
        weight, term = shard.weights[i], shard.asked_terms[i]
        for p in range(shard.starts[term], shard.starts[term + 1]):
            scores[shard.places[p]] += weight * shard.impacts[p]


@compiled
def mix(words: Floats, cosines: Floats, subjects: Subjects, subject: int, bounds: Bounds) -> None:
    """BM25 becomes the part of the score that is words' and meaning's; written so that it runs in vector registers.

    That of a candidate which is not related by its text is kept as -1 less the part.
    """
    scale, most = subjects.words[subject], subjects.most_words[subject]
    slope, most_meaning = subjects.meaning[subject], subjects.most_meaning[subject]
    zero, shift, related = np.float32(0), np.float32(bounds.unrelated), np.float32(bounds.related)
    for j in range(len(words)):
        part = scale * np.sqrt(words[j])
        part = part if part < most else most
        near = slope * (cosines[j] - shift)
        near = near if near > zero else zero
        part += near if near < most_meaning else most_meaning
        words[j] = part if cosines[j] >= related else np.float32(-1) - part


@compiled
def mix_words(words: Floats, subjects: Subjects, subject: int) -> None:
    """As `mix` where there is no meaning: any word in common makes two related."""
    scale, most = subjects.words[subject], subjects.most_words[subject]
    for j in range(len(words)):
        part = scale * np.sqrt(words[j])
        part = part if part < most else most
        words[j] = part if part > np.float32(0) else np.float32(-1)


@compiled
def nearest_fields(nearest: Floats, run: Run, subject: int) -> None:
    """How near each field code is to the subject's nearest."""
    said, tables = run.said, run.tables
    nearest[:] = 0
    for i in range(said.field_starts[subject], said.field_starts[subject + 1]):
        for code in range(len(nearest)):
            nearest[code] = max(nearest[code], tables.nearness[said.fields[i], code])


@compiled
def choose_related(run: Run, shard: Shard, subject: int, texts: Floats, keys: Keys, chosen: NDArray[np.int64]) -> int:
    """Candidates that are related by their text and may enter a list; how many are chosen."""
    most = run.subjects.most_field[subject] + run.subjects.most_other[subject]
    enough = limit_of(keys, run.bounds.least) - most
    limits = run.candidates.limits[shard.first : shard.first + len(texts)]
    count = 0
    for j in range(len(texts)):
        if texts[j] >= np.float32(0) and (texts[j] >= enough or texts[j] + most >= limits[j]):
            chosen[count] = j
            count += 1
    return count


@compiled
def choose_fellows(run: Run, shard: Shard, subject: int, texts: Floats, chosen: NDArray[np.int64]) -> int:
    """Candidates that are not, but in a field that the subject names, or below it; how many are chosen."""
    said, within, starts, places = run.said, run.tables.within, shard.field_starts, shard.field_places
    count = 0
    for i in range(said.field_starts[subject], said.field_starts[subject + 1]):
        for code in range(len(within)):
            if not within[said.fields[i], code]:
                continue
            for p in range(starts[code], starts[code + 1]):
                j = places[p]
                if texts[j] < np.float32(0):
                    texts[j] = np.float32(-1) - texts[j]  # so that another field does not bring it again
                    chosen[count] = j
                    count += 1
    return count


@compiled
def keep(
    run: Run, shard: Shard, subject: int, chosen: NDArray[np.int64], texts: Floats, fields: Floats, keys: Keys
) -> None:
    """Score the chosen candidates and keep them where they belong.

    All arrays are named before the loop: within it, each would have its references counted for each pair.
    """
    asking_need, least, unknown = run.bounds.subject_is_need, run.bounds.least, run.weights.unknown
    offer, wish = (run.other, run.said) if asking_need else (run.said, run.other)
    plain, bits, amount = offer.plain, offer.bits, offer.amount
    other_plain, other_bits, other_amount = wish.plain, wish.bits, wish.amount
    starts, codes = run.other.field_starts, run.other.fields
    ranks, lists, limits = run.candidates.rank, run.candidates.keys, run.candidates.limits
    spans, weights, of_field = run.spans, run.weights, run.weights.field
    own_rank, rest, most = run.subjects.rank[subject], run.subjects.rest[subject], run.subjects.most_other[subject]
    known = run.said.field_starts[subject] < run.said.field_starts[subject + 1]
    for place in chosen:
        candidate = shard.first + place
        field = of_field * (field_share(codes, starts[candidate], starts[candidate + 1], fields, known, unknown))
        if texts[place] + rest * field + most < min(limit_of(keys, least), limits[candidate]):
            continue
        technology, need = (candidate, subject) if asking_need else (subject, candidate)
        if excludes(plain, other_plain, bits, other_bits, technology, need, spans, weights):
            continue
        other = agreement(plain, other_plain, bits, other_bits, technology, need, spans, weights)
        if plain[technology, CURRENCY] >= 0 and plain[technology, CURRENCY] == other_plain[need, CURRENCY]:
            other += weights.amount * amount_share(amount[technology], other_amount[need], unknown)
        else:
            other += weights.amount * unknown
        score = float(texts[place]) + rest * (field + other)
        if score < least:
            continue
        millionths = np.int64(score * MILLION + 0.5) << 32
        push(keys, millionths | (LOWER - ranks[candidate]))
        if lists.shape[1] and push(lists[candidate], millionths | (LOWER - own_rank)):
            limits[candidate] = limit_of(lists[candidate], least)


@compiled
def limit_of(keys: Keys, least: float) -> np.float32:
    """The score below which no pair enters a heap."""
    return np.float32(max(least, float(keys[0] >> 32) / MILLION) - SLACK)


@compiled
def push(keys: Keys, key: int) -> bool:
    """Puts a key in place of the least one of a min-heap, if it is greater."""
    if key <= keys[0]:
        return False
    hole, last = 0, len(keys)
    while True:
        child = 2 * hole + 1
        if child >= last:
            break
        if child + 1 < last and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[hole] = keys[child]
        hole = child
    keys[hole] = key
    return True


@inlined
def excludes(
    offer: Plain, wish: Plain, offered: Bits, wanted: Bits, technology: int, need: int, spans: Spans, weights: Weights
) -> bool:
    """What `match._eligible` leaves out."""
    organisation = offer[technology, ORGANISATION]
    if not wish[need, OPEN] or (organisation >= 0 and organisation == wish[need, ORGANISATION]):
        return True
    level, floor = offer[technology, READINESS], wish[need, READINESS]
    if weights.readiness_hard and level and floor and level < floor:
        return True
    if weights.deal_hard and parted(offered, technology, wanted, need, spans.deals, spans.goals):
        return True
    return weights.country_hard and parted(offered, technology, wanted, need, spans.places, spans.wanted)


@inlined
def agreement(
    offer: Plain, wish: Plain, offered: Bits, wanted: Bits, technology: int, need: int, spans: Spans, weights: Weights
) -> float:
    """The weighted sum of the parts of a score that are sets or levels (see `match`)."""
    unknown = weights.unknown
    total = weights.country * country_share(offered, technology, wanted, need, spans, unknown)
    total += weights.deal * overlap_share(offered, technology, wanted, need, spans.deals, spans.goals, unknown)
    total += weights.goal * overlap_share(offered, technology, wanted, need, spans.goals, spans.end, unknown)
    level, floor = offer[technology, READINESS], wish[need, READINESS]
    return total + weights.readiness * readiness_share(level, floor, unknown)


@inlined
def field_share(codes: Integers, first: int, last: int, nearest: Floats, known: bool, unknown: float) -> float:
    """Of a candidate with codes first to last; `known` tells whether the subject has any. See `nearest_fields`."""
    if first == last or not known:
        return unknown
    best = 0.0
    for i in range(first, last):
        best = max(best, float(nearest[codes[i]]))
    return best


@inlined
def parted(offered: Bits, technology: int, wanted: Bits, need: int, first: int, last: int) -> bool:
    """Whether both say something and have nothing in common."""
    one = other = np.uint64(0)
    for word in range(first, last):
        if offered[technology, word] & wanted[need, word]:
            return False
        one |= offered[technology, word]
        other |= wanted[need, word]
    return bool(one != 0) and bool(other != 0)


@inlined
def country_share(offered: Bits, technology: int, wanted: Bits, need: int, spans: Spans, unknown: float) -> float:
    asked = common = somewhere = 0
    for word in range(spans.wanted, spans.deals):
        asked += ones(wanted[need, word])
        common += ones(wanted[need, word] & offered[technology, word])
        somewhere += offered[technology, word] != 0
    if not asked:
        return unknown
    return common / asked if somewhere else 1.0


@inlined
def overlap_share(
    offered: Bits, technology: int, wanted: Bits, need: int, first: int, last: int, unknown: float
) -> float:
    one = other = common = 0
    for word in range(first, last):
        one += ones(offered[technology, word])
        other += ones(wanted[need, word])
        common += ones(wanted[need, word] & offered[technology, word])
    return common / min(one, other) if one and other else unknown


@inlined
def readiness_share(level: int, floor: int, unknown: float) -> float:
    if level == 0 or floor == 0:
        return unknown
    return 1.0 if level >= floor else max(0.0, 1 - (floor - level) / 4)


@inlined
def amount_share(cost: float, budget: float, unknown: float) -> float:
    if np.isnan(cost) or np.isnan(budget):
        return unknown
    return 1.0 if cost <= budget else budget / cost
