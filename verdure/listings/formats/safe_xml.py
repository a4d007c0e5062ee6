"""Streaming XML with a bound on everything, on expat, the parser beneath defusedxml and the standard library.

Refused: entity declarations of any kind (so neither "billion laughs" nor quadratic blow-up nor reading other files),
external entities, an internal DTD subset that declares anything. A DOCTYPE that merely names its DTD is let pass; the
DTD is never fetched. Bounded: depth, attributes, the length of one tag, elements and characters of one record.

Namespaces are dropped: the offices use different prefixes for the same elements. Names are local names.
"""

from __future__ import annotations

import html.entities
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element
from xml.parsers import expat


class XmlRefused(ValueError):
    """Not XML that can be read safely. `reason` is for the person who imports, `line` where it was found."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    depth: int = 200
    attributes: int = 200
    token: int = 8 << 20  # bytes of one tag, comment or instruction
    elements: int = 500_000  # of one record
    characters: int = 32 << 20  # of one record, attribute values included


LIMITS = Limits()
Piece = tuple[int, "Element | XmlRefused"]
LANDMARKS = 1_000


class XmlReader:
    """Reads the elements named in `wanted` one after another, leaving out those in `skip` within them.

    After reading, `root` is the name of the document's root, `doctype` that which its DOCTYPE gives, and `seen` are the
    names of elements outside the wanted ones.
    """

    def __init__(
        self, *, wanted: frozenset[str], skip: frozenset[str] = frozenset(), limits: Limits = LIMITS, line: int = 1
    ) -> None:
        self.root = self.doctype = ""
        self.seen: set[str] = set()
        self._wanted, self._skip, self._limits = wanted, skip, limits
        self._offset = line - 1
        self._done: list[Piece] = []
        self._open: list[Element] = []
        self._depth = self._skipping = self._elements = self._characters = self._started = 0
        self._over = ""
        self._parser = self._make_parser()

    def _make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SkippedEntityHandler = self._skipped_entity
        parser.EntityDeclHandler = self._refuse_entity
        parser.UnparsedEntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_external
        parser.ElementDeclHandler = self._refuse_declaration
        parser.AttlistDeclHandler = self._refuse_declaration
        return parser

    @property
    def in_record(self) -> bool:
        """Whether the reader stands within a wanted element: after XmlRefused, whether a record broke."""
        return bool(self._open)

    @property
    def line(self) -> int:
        return self._offset + self._parser.CurrentLineNumber

    def read(self, chunks: Iterable[bytes]) -> Iterator[Piece]:
        """(line, element) as each is complete; (line, XmlRefused) for one past the limits. Raises XmlRefused where the
        document itself cannot be read on."""
        fed = 0
        for chunk in chunks:
            fed += len(chunk)
            self._feed(chunk, final=False)
            yield from self._drain()
            if fed - max(self._parser.CurrentByteIndex, 0) > self._limits.token:
                raise XmlRefused(f"has a single tag or comment of more than {self._limits.token >> 20} MB", self.line)
        self._feed(b"", final=True)
        yield from self._drain()

    def _feed(self, chunk: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise XmlRefused(_explain(error, final=final), self._offset + error.lineno) from None
        except (LookupError, ValueError) as error:
            if isinstance(error, XmlRefused):
                raise
            raise XmlRefused(f"has an encoding that cannot be read: {error}", self.line) from None

    def _drain(self) -> Iterator[Piece]:
        done, self._done = self._done, []
        yield from done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.root = self.root or name
        self._depth += 1
        if self._depth > self._limits.depth:
            raise XmlRefused(f"is nested more than {self._limits.depth} deep", self.line)
        if len(attributes) > self._limits.attributes:
            raise XmlRefused(f"has a tag with more than {self._limits.attributes} attributes", self.line)
        if self._skipping or (self._open and (name in self._skip or self._over)):
            self._skipping += 1
        elif self._open or name in self._wanted:
            self._push(name, attributes)
        elif len(self.seen) < LANDMARKS:
            self.seen.add(name)

    def _push(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open:
            self._started = self.line
            self._elements = self._characters = 0
        element = Element(name, {key.rpartition(":")[2]: value for key, value in attributes.items()})
        if self._open:
            self._open[-1].append(element)
        self._open.append(element)
        self._elements += 1
        self._count(sum(map(len, attributes.values())))

    def _count(self, characters: int) -> bool:
        """Whether the record is still within its limits; what is there of one that is not is dropped."""
        self._characters += characters
        if self._characters > self._limits.characters or self._elements > self._limits.elements:
            self._over = "is larger than a record may be"
            for element in self._open:
                element.clear()
        return not self._over

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._skipping:
            self._skipping -= 1
            return
        if not self._open:
            return
        element = self._open.pop()
        if not self._open:
            found = XmlRefused(self._over, self._started) if self._over else element
            self._done.append((self._started, found))
            self._over = ""

    def _text(self, text: str) -> None:
        if not self._open or self._skipping or self._over:
            return
        parent = self._open[-1]
        if not self._count(len(text)):
            return
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text

    def _doctype(self, name: str, *_: Any) -> None:
        self.doctype = name.rpartition(":")[2]

    def _skipped_entity(self, name: str, parameter: bool) -> None:
        # A named character of a DTD that is not read: HTML's names are the ones in use.
        if not parameter:
            self._text(html.entities.html5.get(f"{name};", f"&{name};"))

    def _refuse_entity(self, name: str, *_: Any) -> None:
        raise XmlRefused(
            f"declares an entity ({name[:40]}). Files with entities are refused, because entities can be made to "
            "fill the memory or to read other files. Save it with the entities resolved.",
            self.line,
        )

    def _refuse_external(self, *_: Any) -> int:
        raise XmlRefused("refers to an external entity, which is never read", self.line)

    def _refuse_declaration(self, *_: Any) -> None:
        raise XmlRefused("declares elements or attributes in its DOCTYPE, which is not accepted", self.line)


def _explain(error: expat.ExpatError, *, final: bool) -> str:
    problem = expat.ErrorString(error.code)
    if final or problem in ("no element found", "unclosed token"):
        return "ends in the middle: it was cut off or not copied whole. Fetch it again."
    return f"is not well-formed XML: {problem} in column {error.offset + 1}"


_DECLARATION = re.compile(rb"<\?xml(?=\s)")
_HELD = 5  # bytes kept back, so that a declaration cut in two by the chunks is found


class Documents:
    """Documents one after another in a stream, each beginning with its XML declaration, as the USPTO publishes a week.

    Iterating gives (line it begins in, its chunks); a document left unread is passed over.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._line = 1
        self._pieces = _pieces(self._from_first_sign(chunks))
        self._ahead = next(self._pieces, None)

    def __iter__(self) -> Iterator[tuple[int, Iterator[bytes]]]:
        while self._ahead is not None:
            body = self._body()
            yield self._line, body
            for _ in body:
                pass

    def _from_first_sign(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Without the white space before the first document, which XML does not allow there but files have."""
        begun = False
        for chunk in chunks:
            rest = chunk if begun else chunk.lstrip()
            self._line += chunk[: len(chunk) - len(rest)].count(b"\n")
            if rest:
                begun = True
                yield rest

    def _body(self) -> Iterator[bytes]:
        first = True
        while self._ahead is not None and (first or not self._ahead[0]):
            first, piece = False, self._ahead[1]
            self._line += piece.count(b"\n")
            self._ahead = next(self._pieces, None)
            yield piece


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    """(whether a document begins here, its next bytes)."""
    held, begins = b"", True
    for chunk in itertools.chain(chunks, (None,)):
        data, at = held + (chunk or b""), 0
        while match := _DECLARATION.search(data, at + begins):
            if match.start() > at:
                yield begins, data[at : match.start()]
            at, begins = match.start(), True
        end = len(data) if chunk is None else max(at, len(data) - _HELD)
        if end > at:
            yield begins, data[at:end]
            begins = False
        held = data[end:]
