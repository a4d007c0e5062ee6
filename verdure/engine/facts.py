"""What can be filtered and counted about a document: pairs of a filter's name and a value."""

from __future__ import annotations

from collections.abc import Iterator

from verdure.engine.documents import Document
from verdure.engine.text import primary

Fact = tuple[str, str]

ANYWHERE = "*"
"""The value of `place` for a document that names no places: it passes every filter by place."""


def facts_of(document: Document) -> tuple[Fact, ...]:
    """Each distinct fact once, in a fixed order."""
    return tuple(dict.fromkeys(_facts(document)))


def wanted_values(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values that satisfy a filter: those asked, and for `place` also documents that are good anywhere."""
    return (*values, ANYWHERE) if name == "place" else values


def spell_fact(name: str, value: str) -> str:
    """One string for a fact, as the text index keeps it."""
    return f"{name}:{value}"


def lineage(code: str) -> Iterator[str]:
    """A dotted code and its ancestors, from the top: "energy", "energy.solar", "energy.solar.pv"."""
    parts = code.split(".")
    for depth in range(1, len(parts) + 1):
        yield ".".join(parts[:depth])


def _facts(document: Document) -> Iterator[Fact]:
    yield "kind", document.kind
    for code in document.fields:
        yield from (("field", level) for level in lineage(code))
    if document.country:
        yield "country", document.country
    if document.readiness is not None:
        yield "readiness", str(document.readiness)
    yield from (("deal", deal) for deal in document.deals)
    yield from (("goal", goal) for goal in document.goals)
    yield from (("language", primary(text.language)) for text in document.texts if text.language)
    if document.source:
        yield "source", document.source
    yield from (("place", place) for place in document.places or (ANYWHERE,))
    if document.organisation is not None:
        yield "organisation", str(document.organisation)
