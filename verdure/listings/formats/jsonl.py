"""JSONL: our own interchange records, and objects of others with their names mapped to our columns as in a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..records import ListingRecord, RecordError, from_json
from . import cells
from .columns import has_title, is_column, split_column, suggest_mapping
from .inputs import Input
from .items import Options, Outcome
from .json_lines import read_objects


def outcomes(source: Input, options: Options) -> Iterator[Outcome]:
    if wrong := [column for column in options.mapping.values() if column and not is_column(column)]:
        raise RecordError(wrong[0], "is not one of our columns")
    return read_objects(source, options, lambda values: record(values, options))


def record(values: dict[str, Any], options: Options) -> ListingRecord:
    if "texts" in values and "kind" in values:
        return from_json(values)
    return _mapped(values, options)


def _mapped(values: Mapping[str, Any], options: Options) -> ListingRecord:
    """The object as one row of a table whose headers are its names."""
    targets = set(options.mapping.values())
    mapping = {
        name: options.mapping.get(name, found if found not in targets else "")
        for name, found in suggest_mapping(values).items()
    }
    if not has_title(mapping):
        raise RecordError("title", f"is missing: none of {', '.join(map(repr, list(values)[:12]))} is a title")
    found: dict[str, str] = {}
    for name, column in mapping.items():
        if column and (text := _cell(values[name], name)).strip():
            base, language, _ = split_column(column)
            found[f"{base}[{language}]" if language else base] = text
    return cells.record(found, default_language=options.language)


def _cell(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
        return "\n".join(" ".join(str(item).split()) for item in value)
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        return str(value)
    raise RecordError(name, "must be a text, a number or a list of these")
