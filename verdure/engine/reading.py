"""What an encoder is given to read: texts as they are, or in words it knows.

An encoder that understands some languages only gets a text in another one as its gloss, the English labels of the
concepts named in it. So a need in French and a technology in Japanese meet in what both are about.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from verdure.engine.concepts import BRIDGE, Thesaurus
from verdure.engine.documents import Document, DocumentText
from verdure.engine.passages import passages_of_version, whole_text
from verdure.engine.text import detect_language, primary

ANY: tuple[str, ...] = ()
"""The languages of an encoder that does not say which it understands."""

LEAST_GLOSS = 2
"""Words of a text's gloss below which it says too little, and the text itself is read."""


def languages_of(encoder: object) -> tuple[str, ...]:
    """The languages an encoder understands; one that does not say understands all."""
    return tuple(getattr(encoder, "languages", ANY))


@dataclass(frozen=True, slots=True)
class Reading:
    """`languages` are those that the encoder understands, `ANY` for all."""

    thesaurus: Thesaurus = field(default_factory=Thesaurus)
    languages: tuple[str, ...] = ANY

    def passages(self, document: Document) -> tuple[str, ...]:
        """What is encoded of a document, the first for the whole: of each version its gloss if need be, then itself."""
        found = (passage for text in document.texts for passage in self._of_version(text))
        return tuple(dict.fromkeys(found))

    def whole(self, text: DocumentText) -> str:
        """A whole version as the encoder is to read it."""
        whole = whole_text(text)
        return self._gloss(whole, text.language or detect_language(whole)) or whole

    def query(self, text: str, language: str = "") -> str:
        """A question as the encoder is to read it. `language` is that of the text, if it is known."""
        return self._gloss(text, language or detect_language(text) or self._named_in(text)) or text

    def _of_version(self, text: DocumentText) -> list[str]:
        whole = whole_text(text)
        gloss = self._gloss(whole, text.language or detect_language(whole))
        return [gloss, *passages_of_version(text)] if gloss else passages_of_version(text)

    def _gloss(self, text: str, language: str) -> str:
        if not language or self.languages == ANY or primary(language) in self.languages:
            return ""
        gloss = self.thesaurus.gloss(text, language, into=BRIDGE)
        return gloss if len(gloss.split()) >= LEAST_GLOSS else ""

    def _named_in(self, text: str) -> str:
        """The language whose labels a text of a few words holds, where none of them is one the encoder knows."""
        if self.languages == ANY:
            return ""
        spoken = [occurrence.label_language for occurrence in self.thesaurus.find(text)]
        return spoken[0] if spoken and not set(spoken) & set(self.languages) else ""
