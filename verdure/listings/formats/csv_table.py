"""Tables in CSV, however they are delimited and encoded."""

from __future__ import annotations

from collections.abc import Iterator

from . import tables
from .csv_rows import rows
from .inputs import Input
from .items import Options, Outcome


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    return tables.outcomes(rows(source, options), options)
