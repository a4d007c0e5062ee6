"""All matches of a collection at once: what `pairs` found, told with parts and reasons as `match.matches_of` does.

A match has the same parts, reasons and rule of its score as one that is found alone. What differs:

- a pair has one score, seen from the need: words are the need's, measured against what the need scores for itself;
  alone, each side sees its own words, and the later one is kept;
- candidates are the best by whole texts and by what rows tell (see `pairs`), twice as many as are kept; those are
  ranked by their best passages, as a single question ranks them;
- words are BM25 of stems; see `pairs` for what a single question counts besides.

Method: `Pairs` gives both sides' lists; the pairs in either are scored by passages, ranked for both sides, grouped by
`duplicates`, cut; then each technology's text is read once, and each need's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document
from verdure.engine.duplicates import leaders
from verdure.engine.index import query_of
from verdure.engine.match import MOST_WORDS, RULES, Match, Rules, compared, with_words
from verdure.engine.pair_input import input_of
from verdure.engine.pairs import Pairs, Plan, Progress
from verdure.engine.query import NO_CONCEPTS, Word
from verdure.engine.snapshot import Snapshot
from verdure.engine.sparse import Floats
from verdure.engine.terms import Held, shared_words, telling

ROOM = 2
"""So many times the pairs that are kept are ranked by passages and grouped: what is not among them cannot come back."""

READ = 64
"""Technologies whose texts are read at a time."""

NONE = -1

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A match and whose best it is among: `under_technology` is the technology that it is listed under in the need's
    list, being nearly the same, its own id if it stands there itself, and None if it is not in that list."""

    match: Match
    under_technology: int | None
    under_need: int | None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The p pairs that are kept, by technology: places on both sides, and in each side's list the place under which the
    other is listed, `NONE` where it is not; (p,) each, as are `words` and `meaning`, from 0 to 1."""

    needs: Places
    technologies: Places
    under_technology: Places
    under_need: Places
    words: Floats
    meaning: Floats | None


@dataclass(frozen=True, slots=True)
class _Asking:
    """A need as its pairs want it: what it says besides its text, and its words, most telling first."""

    document: Document
    told: tuple[Word, ...]


class PairMatches:
    """One run over one commit of an index; `best` matches are kept for each side, and of those that score less than
    `least` only the first.

    Memory: that of `pairs`, 16 bytes for each pair that is ranked, and about 4 kB for each need.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        today: date,
        best: int,
        least: float = 0.0,
        rules: Rules = RULES,
        thesaurus: Thesaurus = NO_CONCEPTS,
    ) -> None:
        given = input_of(snapshot.rows)
        plan = Plan(today=today, background=snapshot.background, rules=rules, top=ROOM * best)
        self._snapshot, self._rules, self._thesaurus = snapshot, rules, thesaurus
        self._best, self._least = best, least
        self._needs, self._technologies = given.needs.ids, given.technologies.ids
        self._need_rows = snapshot.rows.places(self._needs)
        self._technology_rows = snapshot.rows.places(self._technologies)
        self._pairs = Pairs(given.needs, given.technologies, codes=given.codes, plan=plan)
        self._asking: dict[int, _Asking] = {}
        self._same_words: dict[Word, Word] = {}

    @property
    def total(self) -> int:
        """Technologies; `matches` gives something for most of them."""
        return len(self._technologies)

    def run(self, progress: Progress | None = None) -> None:
        """Find all candidates; told how many needs are done, of how many."""
        self._pairs.run(progress)

    def matches(self) -> Iterator[tuple[int, list[Listed]]]:
        """For each technology that has any, its id and all its matches, those in a need's list alone included."""
        chosen = self._chosen()
        bounds = _runs(chosen.technologies)
        for at in range(0, len(bounds), READ):
            some = bounds[at : at + READ]
            documents = self._documents(self._technologies[[number for number, _, _ in some]])
            for number, start, end in some:
                document = documents.get(int(self._technologies[number]))
                if document is not None:
                    yield document.id, self._listed(document, chosen, range(start, end))

    def _documents(self, ids: Places) -> dict[int, Document]:
        return self._snapshot.words.documents(ids.tolist())

    def _listed(self, technology: Document, chosen: _Chosen, places: range) -> list[Listed]:
        held = Held.of(technology, self._thesaurus)
        self._read_needs(chosen.needs[places.start : places.stop])
        listed = []
        for place in places:
            asking = self._asking.get(int(chosen.needs[place]))
            if asking is not None:
                words = float(chosen.words[place])
                meaning = None if chosen.meaning is None else float(chosen.meaning[place])
                match = compared(technology, asking.document, words, meaning, self._snapshot.background, self._rules)
                match = with_words(match, shared_words(asking.told, held, MOST_WORDS))
                listed.append(
                    Listed(
                        match=match,
                        under_technology=_id(self._technologies, chosen.under_technology[place]),
                        under_need=_id(self._needs, chosen.under_need[place]),
                    )
                )
        return listed

    def _read_needs(self, numbers: Places) -> None:
        missing = [number for number in np.unique(numbers).tolist() if number not in self._asking]
        documents = self._documents(self._needs[missing])
        for number in missing:
            document = documents.get(int(self._needs[number]))
            if document is not None:
                told = telling(query_of(document, self._thesaurus), self._snapshot.words)
                self._asking[number] = _Asking(replace(document, texts=()), tuple(map(self._kept_once, told)))

    def _kept_once(self, word: Word) -> Word:
        """Most words stand in many needs: they share one object."""
        plain = replace(word, weight=1.0)
        return self._same_words.setdefault(plain, plain)

    def _chosen(self) -> _Chosen:
        needs, technologies, scores = self._ranked()
        words, whole = self._pairs.text_parts(needs, technologies)
        meaning = self._nearest(needs, technologies)
        if meaning is not None:
            scores = scores + np.float32(self._rules.meaning) * (meaning - whole)
        under_technology = self._under(needs, technologies, scores, self._technology_rows)
        under_need = self._under(technologies, needs, scores, self._need_rows)
        kept = np.flatnonzero((under_technology != NONE) | (under_need != NONE))
        kept = kept[np.lexsort((needs[kept], technologies[kept]))]
        return _Chosen(
            needs[kept],
            technologies[kept],
            under_technology[kept],
            under_need[kept],
            words[kept],
            None if meaning is None else meaning[kept],
        )

    def _ranked(self) -> tuple[Places, Places, Floats]:
        """All pairs of either side's lists, each once, by need: needs, technologies and scores (p,)."""
        of_needs, of_technologies = self._pairs.best("need"), self._pairs.best("technology")
        need, rank = np.nonzero(of_needs.places >= 0)
        technology, other = np.nonzero(of_technologies.places >= 0)
        count = max(1, len(self._technologies))
        keys = np.concatenate(
            [
                need * count + of_needs.places[need, rank],
                of_technologies.places[technology, other].astype(np.int64) * count + technology,
            ]
        )
        scores = np.concatenate([of_needs.scores[need, rank], of_technologies.scores[technology, other]])
        unique, first = np.unique(keys, return_index=True)
        return unique // count, unique % count, scores[first]

    def _nearest(self, needs: Places, technologies: Places) -> Floats | None:
        """Meaning by the technology's best passage, from 0 to 1; None without vectors."""
        rows, background = self._snapshot.rows, self._snapshot.background
        if not rows.has_vectors:
            return None
        cosines = np.full(len(needs), -1, dtype=np.float32)
        for need, start, end in _runs(needs):
            vector = rows.first_vectors(self._need_rows[[need]])[0]
            cosines[start:end] = rows.refined(vector, self._technology_rows[technologies[start:end]])
        share: Floats = np.clip((cosines - background.mean) / max(1e-6, 1 - background.mean), 0, 1)
        return share.astype(np.float32)

    def _under(self, owners: Places, others: Places, scores: Floats, rows: Places) -> Places:
        """For each pair the place of the other under which the owner's list has it; `rows` are those of the others."""
        under = np.full(len(owners), NONE, dtype=np.int64)
        order = np.lexsort((others, -scores.round(6), owners))
        for _, start, end in _runs(owners[order]):
            pairs = order[start:end][: ROOM * self._best]
            pairs = pairs[(scores[pairs] >= self._least) | (np.arange(len(pairs)) == 0)]
            led = leaders(self._snapshot.rows, rows[others[pairs]])
            kept = np.isin(led, np.unique(led)[: self._best])
            under[pairs[kept]] = others[pairs[led[kept]]]
        return under


def _runs(owners: Places) -> list[tuple[int, int, int]]:
    """Each number of a sorted array, where it begins and where it ends."""
    numbers, starts = np.unique(owners, return_index=True)
    ends = [*starts[1:].tolist(), len(owners)][: len(numbers)]
    return list(zip(numbers.tolist(), starts.tolist(), ends, strict=True))


def _id(ids: Places, place: int) -> int | None:
    return None if place == NONE else int(ids[place])
