"""The glossary as SKOS in Turtle: two schemes, the concepts and the fields of the taxonomy that they belong to.

A concept whose broader is a field has it as `skos:broadMatch`, since it lies in the other scheme; a concept that is a
field itself, as `skos:exactMatch`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import quote

from verdure.engine.concepts import Concept
from verdure.listings.taxonomy import Field

PREFIXES = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def concept_base(base: str) -> str:
    return f"{base}concepts#"


def field_base(base: str) -> str:
    return f"{base}fields#"


def as_turtle(concepts: Sequence[Concept], fields: Sequence[Field], *, base: str, title: str) -> Iterator[str]:
    """The lines of the file; `base` begins every address and ends with a stroke."""
    own, codes = {concept.id for concept in concepts}, {field.code for field in fields}
    languages = sorted({language for concept in concepts for language in concept.labels})
    yield PREFIXES
    yield _scheme(f"{base}concepts", title, languages)
    for concept in concepts:
        yield _block(_address(concept_base(base), concept.id), _lines_of_concept(concept, own, codes, base))
    if fields:
        yield _scheme(f"{base}fields", "Fields of green technology", sorted(fields[0].labels))
    for field in fields:
        yield _block(_address(field_base(base), field.code), _lines_of_field(field, base))


def _scheme(address: str, title: str, languages: Iterable[str]) -> str:
    spoken = ", ".join(map(_quoted, languages))
    return _block(
        f"<{address}>", ["a skos:ConceptScheme", f"dcterms:title {_quoted(title)}@en", f"dcterms:language {spoken}"]
    )


def _lines_of_concept(concept: Concept, own: Collection[str], codes: Collection[str], base: str) -> Iterator[str]:
    scheme = f"<{base}concepts>"
    yield "a skos:Concept"
    yield f"skos:inScheme {scheme}"
    beyond = {far for far in concept.broader if far in codes and far not in own}
    for far in concept.broader:
        if far in beyond:
            yield f"skos:broadMatch {_address(field_base(base), far)}"
        else:
            yield f"skos:broader {_address(concept_base(base), far)}"
    if beyond.issuperset(concept.broader):
        yield f"skos:topConceptOf {scheme}"
    if concept.id in codes:
        yield f"skos:exactMatch {_address(field_base(base), concept.id)}"
    for language, labels in concept.labels.items():
        yield f"skos:prefLabel {_quoted(labels[0])}@{language}"
        yield from (f"skos:altLabel {_quoted(label)}@{language}" for label in labels[1:])


def _lines_of_field(field: Field, base: str) -> Iterator[str]:
    yield "a skos:Concept"
    yield f"skos:inScheme <{base}fields>"
    yield f"skos:notation {_quoted(field.code)}"
    yield (
        f"skos:broader {_address(field_base(base), field.parent)}"
        if field.parent
        else f"skos:topConceptOf <{base}fields>"
    )
    yield from (f"skos:prefLabel {_quoted(label)}@{language}" for language, label in field.labels.items())


def _block(address: str, lines: Iterable[str]) -> str:
    return f"\n{address} " + " ;\n    ".join(lines) + " .\n"


def _address(start: str, name: str) -> str:
    return f"<{start}{quote(name, safe=':._-~')}>"


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPED)}"'
