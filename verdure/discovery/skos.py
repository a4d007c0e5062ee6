"""SKOS thesauri as concepts: Turtle, RDF/XML, N-Triples and JSON-LD, each with a bound on what it may take.

Only what a thesaurus is made of is kept while reading: labels (plain and SKOS-XL), broader and narrower concepts. XML
with entities is refused, as everywhere in this house, and nothing is ever fetched: a JSON-LD file whose context lies
elsewhere is refused too. rdflib is loaded with this module, so import it only where a file is read.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote
from xml.sax import SAXParseException
from xml.sax.xmlreader import InputSource

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser
from rdflib import Graph, Literal
from rdflib.namespace import OWL, RDF, SKOS, Namespace
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.plugins.parsers.ntriples import W3CNTriplesParser
from rdflib.plugins.parsers.rdfxml import RDFXMLHandler
from rdflib.plugins.stores.memory import Memory
from rdflib.term import Node

from verdure.engine.concepts import Concept
from verdure.engine.text import primary

from .thesaurus_files import BETWEEN, ThesaurusUnusable

MB = 1 << 20
MOST_BYTES = {"turtle": 300 * MB, "json-ld": 100 * MB, "xml": 2_000 * MB, "nt": 8_000 * MB}  # two are read as a whole
MOST_LABELS = 2_000_000
LONGEST_LABEL = 1_000  # characters: more is a definition
LONGEST_LINE = MB  # of N-Triples
DEEPEST = 100  # elements within elements

FORMATS = {
    ".ttl": "turtle", ".n3": "turtle", ".rdf": "xml", ".xml": "xml", ".owl": "xml", ".nt": "nt", ".jsonld": "json-ld",
    ".json": "json-ld",
}  # fmt: skip

XL = Namespace("http://www.w3.org/2008/05/skos-xl#")
_RANKS: dict[Node, int] = {SKOS.prefLabel: 0, SKOS.altLabel: 1, SKOS.hiddenLabel: 2}
_XL_RANKS: dict[Node, int] = {XL.prefLabel: 0, XL.altLabel: 1, XL.hiddenLabel: 2}
_NO_CONCEPTS = frozenset({SKOS.ConceptScheme, SKOS.Collection, SKOS.OrderedCollection})
_WANTED_LINE = re.compile(
    rb"skos/core#(?:(?:pref|alt|hidden)Label|broader|narrower|broadMatch|ConceptScheme|Collection|OrderedCollection)>"
    rb"|skos-xl#(?:(?:pref|alt|hidden)Label|literalForm)>|owl#deprecated>"
)


@dataclass(frozen=True, slots=True)
class Skos:
    """What a file holds. Left out are labels without a language, labels too long to be found, withdrawn concepts."""

    concepts: tuple[Concept, ...]
    without_language: int
    too_long: int
    deprecated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How addresses become ids: those of this site's own glossary and fields keep theirs, others get a prefix."""

    prefix: str = ""
    concepts: str = ""
    fields: str = ""


def read_skos(path: Path, naming: Naming, *, languages: Collection[str] = (), untagged: str = "") -> Skos:
    """The concepts of a file that have a label. `languages` limits what is kept; `untagged` is the language of labels
    that do not say theirs. Raises ThesaurusUnusable."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise ThesaurusUnusable(
            f"{path.name}: the ending should be one of {', '.join(FORMATS)} or .csv. A packed file must be unpacked."
        )
    if path.stat().st_size > MOST_BYTES[form]:
        raise ThesaurusUnusable(
            f"{path.name} is larger than {MOST_BYTES[form] // MB} MB, the most that is read of this format. "
            "As N-Triples (.nt) it may have 8 GB; or leave out languages before."
        )
    found = _Found(frozenset(map(primary, languages)), untagged)
    try:
        with path.open("rb") as stream:
            _READERS[form](stream, path.name, found)
    except RecursionError:
        raise ThesaurusUnusable(f"{path.name} is nested too deeply to be read.") from None
    return found.result(naming)


class _Found(Memory):
    """The store that rdflib fills: it keeps what makes a thesaurus and lets all else go."""

    def __init__(self, languages: frozenset[str], untagged: str) -> None:
        super().__init__()
        self._wanted, self._untagged = languages, untagged
        self._labels: defaultdict[str, list[tuple[int, bool, str, str]]] = defaultdict(list)
        self._links: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)  # to labels that are nodes
        self._forms: defaultdict[str, list[Literal]] = defaultdict(list)
        self._broader: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._no_concepts: set[str] = set()
        self._deprecated: set[str] = set()
        self.number = self.without_language = self.too_long = 0

    def add(self, triple: tuple[Node, Node, Node], context: Any = None, quoted: bool = False) -> None:
        self.triple(*triple)

    def triple(self, subject: Node, predicate: Node, value: Node) -> None:
        about = str(subject)
        if predicate in _RANKS and isinstance(value, Literal):
            self._keep(about, _RANKS[predicate], value)
        elif predicate in _XL_RANKS:
            self._links[about].append((_XL_RANKS[predicate], str(value)))
        elif predicate == XL.literalForm and isinstance(value, Literal):
            self._count()
            self._forms[about].append(value)
        elif predicate in (SKOS.broader, SKOS.broadMatch):
            self._broader[about][str(value)] = None
        elif predicate == SKOS.narrower:
            self._broader[str(value)][about] = None
        elif predicate == RDF.type and value in _NO_CONCEPTS:
            self._no_concepts.add(about)
        elif predicate == OWL.deprecated and str(value).lower() in ("true", "1"):
            self._deprecated.add(about)

    def _keep(self, about: str, rank: int, value: Literal) -> None:
        tag = (value.language or self._untagged).lower()
        text = " ".join(str(value).replace(BETWEEN, "/").split())
        language = primary(tag)
        if not tag:
            self.without_language += 1
        elif len(text) > LONGEST_LABEL:
            self.too_long += 1
        elif text and (not self._wanted or language in self._wanted):
            self._count()
            self._labels[about].append((rank, tag != language, language, text))

    def _count(self) -> None:
        self.number += 1
        if self.number > MOST_LABELS:
            raise ThesaurusUnusable(f"More than {MOST_LABELS:,} labels. Choose languages with --languages en,fr,…")

    def result(self, naming: Naming) -> Skos:
        for about, links in self._links.items():
            for rank, node in links:
                for form in self._forms.get(node, ()):
                    self._keep(about, rank, form)
        here = naming.fields or "\0"
        subjects = [a for a in self._labels if a not in self._no_concepts and not a.startswith(here)]
        kept = [about for about in subjects if about not in self._deprecated]
        names = _Names(naming, kept)
        concepts = tuple(self._concept(about, names) for about in kept)
        return Skos(concepts, self.without_language, self.too_long, len(subjects) - len(kept))

    def _concept(self, about: str, names: _Names) -> Concept:
        labels: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for _, _, language, text in sorted(self._labels[about], key=lambda label: label[:2]):
            labels[language][text] = None
        broader = tuple(names.id_of(far) for far in self._broader.get(about, ()) if far != about)
        return Concept(names.id_of(about), broader, {language: tuple(found) for language, found in labels.items()})


class _Names:
    """Short ids for addresses: what the addresses of all concepts share is left off."""

    def __init__(self, naming: Naming, addresses: Collection[str]) -> None:
        self._naming = naming
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()
        first, last = min(addresses, default=""), max(addresses, default="")
        differ = (index for index, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
        shared = next(differ, len(first))
        self._shared = first[: max(first.rfind(sign, 0, shared) for sign in "/#:") + 1]

    def id_of(self, address: str) -> str:
        known = self._ids.get(address)
        if known is None:
            known = self._ids[address] = self._own(address) or self._free(self._short(address))
        return known

    def _own(self, address: str) -> str:
        for start in (self._naming.concepts, self._naming.fields):
            if start and address.startswith(start):
                return unquote(address[len(start) :])
        return ""

    def _short(self, address: str) -> str:
        rest = address.removeprefix(self._shared)
        return re.sub(r"[^\w.:-]+", "-", unquote(rest)).strip("-") or "concept"

    def _free(self, short: str) -> str:
        wanted = f"{self._naming.prefix}{short}"
        number = 1
        while wanted in self._taken:
            number += 1
            wanted = f"{self._naming.prefix}{short}-{number}"
        self._taken.add(wanted)
        return wanted


def _read_turtle(stream: BinaryIO, name: str, found: _Found) -> None:
    try:
        Graph(store=found).parse(file=stream, format="turtle", publicID=_base(name))
    except BadSyntax as problem:
        raise ThesaurusUnusable(f"{name} is not Turtle: line {problem.lines + 1}: {problem._why}.") from None
    except (UnicodeDecodeError, ValueError) as problem:
        raise ThesaurusUnusable(f"{name} is not Turtle in UTF-8: {problem}.") from None


def _read_xml(stream: BinaryIO, name: str, found: _Found) -> None:
    parser = DefusedExpatParser(namespaceHandling=1)
    source = InputSource(_base(name))
    source.setByteStream(stream)
    handler = _ShallowHandler(Graph(store=found))
    handler.setDocumentLocator(source)  # type: ignore[arg-type]  # as rdflib itself does
    parser.setContentHandler(handler)
    try:
        parser.parse(source)
    except DefusedXmlException:
        raise ThesaurusUnusable(
            f"{name} declares entities or refers to other files. Such XML is refused: it can fill the memory or "
            "read other files. Save it with the entities resolved, or as Turtle."
        ) from None
    except SAXParseException as problem:
        place = f"line {problem.getLineNumber()}"
        raise ThesaurusUnusable(f"{name} is not well-formed XML: {place}: {problem.getMessage()}.") from None
    except ThesaurusUnusable:
        raise
    except Exception as problem:  # rdflib raises plain exceptions here
        raise ThesaurusUnusable(f"{name} is XML, but not RDF: {problem}.") from None


class _ShallowHandler(RDFXMLHandler):
    depth = 0

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802  # SAX calls it so
        self.depth += 1
        if self.depth > DEEPEST:
            raise ThesaurusUnusable(f"The XML is nested more than {DEEPEST} deep, which no thesaurus is.")
        super().startElementNS(name, qname, attrs)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802
        self.depth -= 1
        super().endElementNS(name, qname)


def _read_triples(stream: BinaryIO, name: str, found: _Found) -> None:
    parser = W3CNTriplesParser(found)  # type: ignore[arg-type]
    for number, line in enumerate(_lines(stream, name), 1):
        if _WANTED_LINE.search(line):
            try:
                parser.parsestring(line)
            except ThesaurusUnusable:
                raise
            except Exception as problem:
                raise ThesaurusUnusable(f"{name} is not N-Triples in UTF-8: line {number}: {problem}") from None


def _lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise ThesaurusUnusable(f"{name} is not N-Triples: a line is longer than {LONGEST_LINE // MB} MB.")
        yield line


def _read_json(stream: BinaryIO, name: str, found: _Found) -> None:
    try:
        data = json.load(stream)
    except ValueError as problem:
        raise ThesaurusUnusable(f"{name} is not JSON: {problem}.") from None
    if _has_context_elsewhere(data):
        raise ThesaurusUnusable(
            f"{name} takes its @context from another address. Nothing is fetched here: write the context into the file."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's reader uses what rdflib has deprecated
        try:
            Graph(store=found).parse(data=json.dumps(data), format="json-ld", publicID=_base(name))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise ThesaurusUnusable(f"{name} is JSON, but not JSON-LD: {problem}.") from None


def _has_context_elsewhere(data: object) -> bool:
    if isinstance(data, list):
        return any(map(_has_context_elsewhere, data))
    if not isinstance(data, dict):
        return False
    context = data.get("@context")
    contexts = context if isinstance(context, list) else [context]
    if "@import" in data or any(isinstance(one, str) for one in contexts):
        return True
    return any(map(_has_context_elsewhere, data.values()))


def _base(name: str) -> str:
    """What addresses without a host are taken to stand below; only the ids' last parts come of it."""
    return f"file:///{name}"


_READERS: dict[str, Callable[[BinaryIO, str, _Found], None]] = {
    "turtle": _read_turtle,
    "xml": _read_xml,
    "nt": _read_triples,
    "json-ld": _read_json,
}
