"""Documents a second into an index, and one edit until it is found: `python -m benchmarks.ingest [FOLDER]`.

The first part writes fresh indexes in a temporary folder. With a folder that `benchmarks.build` made, the second part
edits documents in it, asks until a reader finds the new word, and puts them back as they were. Vectors are the
stand-in's; encoding by the real model is counted in the single edits, and `benchmarks.encode` tells its speed.
"""

from __future__ import annotations

import argparse
import dataclasses
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tantivy

from benchmarks.build import Built
from benchmarks.collection import Collection
from benchmarks.contenders import US, prepared_model
from benchmarks.descriptions import SYSTEM
from benchmarks.encoder import RealCost, StandIn
from benchmarks.measuring import HEADS, Timing, figures, machine, number, save, table, timing
from verdure.engine.documents import Document, SearchRequest
from verdure.engine.encoder import ModelSpec, load_encoder
from verdure.engine.index import Index
from verdure.engine.writer import IndexWriter

Fill = Callable[[Path, Sequence[Document]], None]
EDITS = 20
NEVER = 60.0


def throughput(name: str, fill: Fill, documents: Sequence[Document]) -> tuple[str, float]:
    with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
        start = time.perf_counter()
        fill(Path(folder), documents)
        return name, len(documents) / (time.perf_counter() - start)


def fills(encoder: StandIn) -> dict[str, Fill]:
    return {
        f"{US}: words, vectors, facts": lambda folder, documents: _fill_ours(folder, documents, encoder),
        f"{US}: words, facts": lambda folder, documents: _fill_ours(folder, documents, None),
        "stand-in vectors alone": lambda folder, documents: _encode(documents, encoder),
        "tantivy: words": _fill_tantivy,
        "fts5: words": _fill_fts5,
    }


def _fill_ours(folder: Path, documents: Sequence[Document], encoder: StandIn | None) -> None:
    with IndexWriter(folder / "index", encoder) as writer:
        writer.rebuild(documents)


def _encode(documents: Sequence[Document], encoder: StandIn) -> None:
    encoder.encode_passages([_text(document) for document in documents])


def _fill_tantivy(folder: Path, documents: Sequence[Document]) -> None:
    fields = tantivy.SchemaBuilder().add_unsigned_field("id", stored=True)
    schema = fields.add_text_field("text", tokenizer_name="en_stem", index_option="freq").build()
    writer = tantivy.Index(schema, path=str(folder)).writer(128 << 20, 1)
    for document in documents:
        entry: Any = tantivy.Document()
        entry.add_unsigned("id", document.id)
        entry.add_text("text", _text(document))
        writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()


def _fill_fts5(folder: Path, documents: Sequence[Document]) -> None:
    connection = sqlite3.connect(folder / "fts5.sqlite3")
    connection.execute("CREATE VIRTUAL TABLE doc USING fts5(text, tokenize='porter unicode61')")
    with connection:
        rows = ((document.id, _text(document)) for document in documents)
        connection.executemany("INSERT INTO doc(rowid, text) VALUES (?, ?)", rows)
    connection.close()


def _text(document: Document) -> str:
    return "\n".join(f"{text.title}. {text.summary} {text.body} {' '.join(text.keywords)}" for text in document.texts)


def edits(folder: Path, model: Path, count: int) -> list[Timing]:
    """One document at a time: written, then found by a reader that was open before."""
    built = Built(folder)
    encoder = RealCost(built.encoder, load_encoder(ModelSpec.read(model)))
    reader = Index(built.index_folder, encoder)
    originals = list(built.collection.documents(count))
    written, found = [], []
    with IndexWriter(built.index_folder, encoder, wait=10) as writer:
        reader.search(SearchRequest(text="warm"))
        for number_, document in enumerate(originals):
            word = f"editmark{number_}x{int(time.time())}"
            start = time.perf_counter()
            writer.apply([_with_title(document, word)])
            written.append((time.perf_counter() - start) * 1000)
            _wait_for(reader, word, document.id)
            found.append((time.perf_counter() - start) * 1000)
        writer.apply(originals)
    name = f"{US}: one edit among {built.made.count:,}"
    return [timing(name, "until it is written", written), timing(name, "until it is found", found)]


def _with_title(document: Document, word: str) -> Document:
    text = dataclasses.replace(document.texts[0], title=f"{document.texts[0].title} {word}")
    return dataclasses.replace(document, texts=(text, *document.texts[1:]))


def _wait_for(reader: Index, word: str, identifier: int) -> None:
    began = time.perf_counter()
    while time.perf_counter() - began < NEVER:
        if any(hit.id == identifier for hit in reader.search(SearchRequest(text=word, mode="words")).hits):
            return
    raise SystemExit(f"document {identifier} was not found within {NEVER:.0f} s of its edit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="a built one, in which single documents are edited")
    parser.add_argument("--count", type=int, default=3000, help="documents of the first part")
    parser.add_argument("--edits", type=int, default=EDITS)
    parser.add_argument("--model", type=Path, help="where the text model is, or is made; default: beside the folder")
    parser.add_argument("--translations", type=Path, default=SYSTEM, help="folder that benchmarks.descriptions filled")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    given = parser.parse_args()
    about = machine()
    print(about)
    collection = Collection(translations=given.translations)
    documents, encoder = list(collection.documents(given.count)), StandIn(collection.words)
    speeds = [throughput(name, fill, documents) for name, fill in fills(encoder).items()]
    print(table(("", "", "documents a second"), [(name, "", number(speed)) for name, speed in speeds]))
    rows: list[Timing] = []
    if given.folder:
        folder = given.folder.resolve()
        rows = edits(folder, prepared_model(given.model or folder.parent / "model"), given.edits)
        print(table(HEADS, map(figures, rows)))
    if given.json:
        save(given.json, rows, {**about, "documents a second": dict(speeds)})


if __name__ == "__main__":
    main()
