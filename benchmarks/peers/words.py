"""Peers that search by words alone: Tantivy bare, bm25s, SQLite FTS5. One field, first twenty, no filters or facets."""

from __future__ import annotations

import importlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tantivy

from benchmarks.peers.material import Material, PeerLeftOut, built_once
from benchmarks.questions import Question

FIRST = 20
HEAP = 512 << 20
_WORD = re.compile(r"\w+")

Runs = dict[str, Callable[[Question], object]]


def tantivy_bare(material: Material) -> Runs:
    """Its own English tokenizer and BM25, the words of the question joined by OR, ids of the first twenty."""
    folder = material.peers / "tantivy"
    fields = tantivy.SchemaBuilder().add_unsigned_field("id", stored=True, fast=True)
    schema = fields.add_text_field("text", tokenizer_name="en_stem", index_option="freq").build()
    with built_once(folder) as missing:
        if missing:
            _fill_tantivy(tantivy.Index(schema, path=str(_emptied(folder))), material)
    index = tantivy.Index.open(str(folder))
    searcher = index.searcher()

    def ask(question: Question) -> object:
        # In lower case, since IN, AND, OR and NOT are operators.
        query = index.parse_query(" ".join(_WORD.findall(question.text.lower())), ["text"])
        return [searcher.doc(address)["id"] for _, address in searcher.search(query, FIRST).hits]

    return {"words": ask}


def _fill_tantivy(index: Any, material: Material) -> None:
    writer = index.writer(HEAP, 1)
    for item in material.items():
        entry = tantivy.Document()
        entry.add_unsigned("id", item.document.id)
        entry.add_text("text", item.text)
        writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()


def bm25s_peer(material: Material) -> Runs:
    """Its own tokenizer with English stopwords and no stemmer; scores computed ahead, kept as a sparse matrix."""
    try:
        bm25s: Any = importlib.import_module("bm25s")
    except ImportError as error:
        raise PeerLeftOut("bm25s is not installed: pip install bm25s") from error
    folder = material.peers / "bm25s"
    with built_once(folder) as missing:
        if missing:
            texts = [item.text for item in material.items()]
            retriever = bm25s.BM25()
            retriever.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
            retriever.save(str(folder))
    retriever = bm25s.BM25.load(str(folder))

    def ask(question: Question) -> object:
        tokens = bm25s.tokenize([question.text], stopwords="en", show_progress=False)
        return retriever.retrieve(tokens, k=FIRST, show_progress=False)

    return {"words": ask}


def sqlite_fts5(material: Material) -> Runs:
    """Porter stems, BM25 order, words joined by OR."""
    folder = material.peers / "fts5"
    with built_once(folder) as missing:
        if missing:
            _fill_fts5(_emptied(folder) / "fts5.sqlite3", material)
    connection = sqlite3.connect(folder / "fts5.sqlite3")
    statement = f"SELECT rowid FROM doc WHERE doc MATCH ? ORDER BY bm25(doc) LIMIT {FIRST}"

    def ask(question: Question) -> object:
        words = dict.fromkeys(_WORD.findall(question.text.lower()))
        return connection.execute(statement, (" OR ".join(f'"{word}"' for word in words),)).fetchall()

    return {"words": ask}


def _fill_fts5(path: Path, material: Material) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE doc USING fts5(text, content='', tokenize='porter unicode61')")
    with connection:
        rows = ((item.document.id, item.text) for item in material.items())
        connection.executemany("INSERT INTO doc(rowid, text) VALUES (?, ?)", rows)
        connection.execute("INSERT INTO doc(doc) VALUES ('optimize')")
    connection.close()


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
