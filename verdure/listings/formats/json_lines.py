"""Files with one JSON object a line, and typed access to the values of records that others wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from ..records import ListingRecord, RecordError
from .inputs import Input
from .items import Found, Options, Outcome, refusal
from .text_lines import Line, lines


class Fields:
    """One object of a foreign source: values by name, checked for their type."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """The value as text, "" where there is none."""
        value = self._values.get(name)
        if value is None:
            return ""
        if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
            return str(value)
        raise RecordError(name, "must be text")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; also one text with the parts set apart by ";", as the same sources write it in CSV."""
        value = self._values.get(name)
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(";") if part.strip())
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise RecordError(name, "must be a list of texts")
        return tuple(value)

    def raw(self, name: str) -> Any:
        return self._values.get(name)


def is_json(source: Input) -> bool:
    """Whether the file begins as JSON, where the same source also comes as CSV."""
    return source.head(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def objects(source: Input, options: Options) -> Iterator[tuple[Line, Callable[[], dict[str, Any]]]]:
    """Each line that is not blank, with what makes its object or raises RecordError."""
    for line in lines(source, declared=options.encoding, newline="\n"):
        if line.text.strip() or line.fault:
            yield line, lambda line=line: parse(line.text)  # type: ignore[misc]


def parse(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise RecordError("", "is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise RecordError("", f"is not valid JSON: {error.msg} at character {error.colno:,}") from None
    except ValueError as error:
        raise RecordError("", f"is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise RecordError("", "is not a JSON object: one record a line is expected, from { to }")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def read_objects(source: Input, options: Options, make: Callable[[dict[str, Any]], ListingRecord]) -> Iterator[Outcome]:
    for line, load in objects(source, options):
        if line.fault:
            yield refusal(line.number, line.fault, raw=line.text)
        else:
            yield Found(line.number, lambda load=load: make(load()), line.text)  # type: ignore[misc]
