"""Hybrid search with filters and facets, and peers beside it: `python -m benchmarks.search FOLDER [FOLDER …]`.

A folder is one that `benchmarks.build` made. Each contender runs in a process of its own, one after the other, asked
the same questions; what a peer needs is built at first and kept in the folder. Query encoding by the real text model is
counted wherever a question needs a vector. Times are those of single calls in process, without HTTP.
"""

from __future__ import annotations

from benchmarks.contenders import US, Asked, measured, options
from benchmarks.questions import questions

ASKED: Asked = {
    US: ("short", "short, 1 filter", "short, 2 filters", "need", "similar"),
    "tantivy": ("short", "need"),
    "bm25s": ("short", "need"),
    "fts5": ("short", "need"),
    "postgres": ("short", "short, 1 filter", "short, 2 filters", "need"),
    "numpy": ("short",),
}


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--short", type=int, default=200, help="short questions of each sort")
    parser.add_argument("--needs", type=int, default=60)
    given = parser.parse_args()
    measured(given, lambda built: questions(built, short=given.short, needs=given.needs), ASKED)


if __name__ == "__main__":
    main()
