"""How alike an encoder finds texts that have nothing to do with each other.

Cosines mean different things to different encoders: unrelated sentences are at 0.05 with one and at 0.75 with another.
So an index measures its encoder once on sentences without a common topic, and "related" is said in spreads above that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RELATED = 3.0
"""Spreads above unrelated from which a document is found by meaning alone. Nonsense stays below it."""

SENTENCES = (
    "The train leaves at nine.",
    "She painted the kitchen yellow.",
    "Interest rates rose again last month.",
    "My grandmother baked bread every Sunday.",
    "The committee will meet on Tuesday.",
    "A blue whale can weigh 150 tonnes.",
    "He forgot his umbrella at the office.",
    "The museum opens a new wing in spring.",
    "Our team lost the match by two goals.",
    "Please send the invoice by post.",
    "The orchestra rehearsed all evening.",
    "Two children were playing chess in the park.",
    "The recipe needs three eggs and some flour.",
    "Old maps show the river further west.",
    "They adopted a small grey cat.",
    "The court rejected the appeal.",
    "Rain is expected in the north tomorrow.",
    "The novel tells of a family of fishermen.",
    "Her shoes were too tight for dancing.",
    "The factory employs four hundred people.",
    "Stars look brighter in the desert.",
    "The dentist moved to another street.",
    "Voters went to the polls early.",
    "This bridge was built in 1890.",
)


@dataclass(frozen=True, slots=True)
class Background:
    """Mean and spread of the cosines of unrelated texts."""

    mean: float = 0.0
    spread: float = 0.1

    @property
    def related(self) -> float:
        """The cosine from which texts are related."""
        return self.mean + RELATED * self.spread

    def share(self, cosine: float) -> float:
        """A cosine as 0 (unrelated) to 1 (the same)."""
        return float(min(1.0, max(0.0, (cosine - self.mean) / max(1e-6, 1.0 - self.mean))))


def background_of(vectors: NDArray[np.float32]) -> Background:
    """Measured on the vectors of `SENTENCES` (n, dimension)."""
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return Background(float(cosines.mean()), max(1e-3, float(cosines.std())))
