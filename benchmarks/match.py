"""One new need against all technologies, one new technology against all needs: `python -m benchmarks.match FOLDER …`.

With the encoding of the new text, reasons included, first fifty. Peers answer with the text as a query and a filter on
the kind: they know nothing of deals, places, deadlines or readiness.
"""

from __future__ import annotations

from benchmarks.contenders import US, Asked, measured, options
from benchmarks.questions import new_documents

ASKED: Asked = {
    US: ("new need", "new technology"),
    "tantivy": ("new need", "new technology"),
    "postgres": ("new need", "new technology"),
    "numpy": ("new need", "new technology"),
}


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--count", type=int, default=60, help="questions of each sort")
    given = parser.parse_args()
    measured(given, lambda built: new_documents(built, given.count), ASKED)


if __name__ == "__main__":
    main()
