"""What the person who imports says about the file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..formats import Item, read

KINDS = ("technology", "need")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Empty: as the file says, or as is found out. `source` and `licence` are for records that do not say theirs."""

    format: str = ""
    kind: str = ""
    source: str = ""
    licence: str = ""
    language: str = "en"
    encoding: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)  # header in the file -> our column; "" leaves it out

    def items(self, path: Path) -> Iterator[Item]:
        """One item for each record of the file or folder, the same ones in the same order each time."""
        return read(
            path,
            format=self.format or None,
            mapping=self.mapping,
            kind=self.kind or None,
            source=self.source or None,
            licence=self.licence or None,
            language=self.language,
            encoding=self.encoding,
        )

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Options:
        return cls(**values)

    def key(self) -> str:
        """Equal for equal options."""
        return json.dumps(self.to_json(), sort_keys=True)
