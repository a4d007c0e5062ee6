"""PostgreSQL full text (GIN, OR query, ts_rank) with pgvector (HNSW, cosine), as one would assemble hybrid search.

Hybrid: the first hundred by words and the first hundred by vector, fused by reciprocal rank. Filters are columns; with
facets, all that the words find is counted in the same statement. Fields are kept with their ancestors, as ours are.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from benchmarks.peers.material import Item, Material, PeerLeftOut, built_once
from benchmarks.peers.postgres_server import running
from benchmarks.peers.words import FIRST, Runs
from benchmarks.questions import Question, Vector

EACH = 100
SCHEMA = """
CREATE EXTENSION IF NOT EXISTS vector;
DROP TABLE IF EXISTS doc;
CREATE UNLOGGED TABLE doc (
    id bigint, body text, kind text, country text, fields text[], readiness int, deals text[], goals text[],
    language text, source text, embedding vector({dimension})
);
"""
COLUMNS = "id, body, kind, country, fields, readiness, deals, goals, language, source, embedding"
INDEXES = (
    "ALTER TABLE doc ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED",
    "ALTER TABLE doc ADD PRIMARY KEY (id)",
    "CREATE INDEX doc_words ON doc USING gin (words)",
    "CREATE INDEX doc_embedding ON doc USING hnsw (embedding vector_cosine_ops)",
    "CREATE INDEX doc_fields ON doc USING gin (fields)",
    "CREATE INDEX doc_kind ON doc (kind)",
    "CREATE INDEX doc_country ON doc (country)",
    "VACUUM ANALYZE doc",
)
QUERY = "asked AS (SELECT replace(plainto_tsquery('english', %(text)s)::text, '&', '|')::tsquery AS query)"
WORDS = """
WITH {query}
SELECT id FROM doc, asked WHERE words @@ query {filters} ORDER BY ts_rank(words, query) DESC LIMIT {first}
"""
HYBRID = """
WITH {query},
w AS (
    SELECT id, row_number() OVER (ORDER BY score DESC) AS place FROM (
        SELECT id, ts_rank(words, query) AS score FROM doc, asked
        WHERE words @@ query {filters} ORDER BY 2 DESC LIMIT {each}
    ) AS best
),
m AS (
    SELECT id, row_number() OVER (ORDER BY distance) AS place FROM (
        SELECT id, embedding <=> %(vector)s::vector AS distance FROM doc
        WHERE true {filters} ORDER BY 2 LIMIT {each}
    ) AS best
)
SELECT id, sum(1.0 / (60 + place)) FROM (TABLE w UNION ALL TABLE m) AS both_lists
GROUP BY id ORDER BY 2 DESC LIMIT {first}
"""
FACETS = """
WITH {query}, found AS MATERIALIZED (
    SELECT kind, country, fields, readiness, deals, goals, language, source FROM doc, asked
    WHERE words @@ query {filters}
)
SELECT 'kind', kind, count(*) FROM found GROUP BY 2
UNION ALL SELECT 'country', country, count(*) FROM found GROUP BY 2
UNION ALL SELECT 'readiness', readiness::text, count(*) FROM found GROUP BY 2
UNION ALL SELECT 'language', language, count(*) FROM found GROUP BY 2
UNION ALL SELECT 'source', source, count(*) FROM found GROUP BY 2
UNION ALL SELECT 'field', value, count(*) FROM found, unnest(fields) AS value GROUP BY 2
UNION ALL SELECT 'deal', value, count(*) FROM found, unnest(deals) AS value GROUP BY 2
UNION ALL SELECT 'goal', value, count(*) FROM found, unnest(goals) AS value GROUP BY 2
"""
CONDITIONS = {
    "kind": "AND kind = %(kind)s",
    "country": "AND country = %(country)s",
    "field": "AND fields @> ARRAY[%(field)s]",
}


def postgres(material: Material, encode: Callable[[str], object]) -> Runs:
    """`encode` is called once for each hybrid question, so that encoding is counted as it is with us."""
    try:
        import psycopg
    except ImportError as error:
        raise PeerLeftOut("psycopg is not installed.") from error
    folder = material.peers / "postgres"
    stack = ExitStack()
    atexit.register(stack.close)
    connection = stack.enter_context(psycopg.connect(stack.enter_context(running(folder)), autocommit=True))
    with built_once(folder / "filled") as missing:
        if missing:
            _fill(connection, material)
    connection.execute(f"SET hnsw.ef_search = {EACH}")
    connection.execute("SET hnsw.iterative_scan = relaxed_order")

    def ask(question: Question, *statements: str) -> None:
        given = {"text": question.text, "vector": _written(question.vector), **dict(question.filters)}
        conditions = " ".join(CONDITIONS[name] for name, _ in question.filters)
        for statement in statements:
            complete = statement.format(query=QUERY, filters=conditions, first=FIRST, each=EACH)
            connection.execute(complete, given).fetchall()

    def hybrid(question: Question, *more: str) -> None:
        encode(question.text)
        ask(question, HYBRID, *more)

    return {
        "full text": lambda question: ask(question, WORDS),
        "full text, pgvector": hybrid,
        "full text, pgvector, facets": lambda question: hybrid(question, FACETS),
    }


def _fill(connection: Any, material: Material) -> None:
    dimension = material.built.encoder.dimension
    connection.execute(SCHEMA.format(dimension=dimension))
    with connection.cursor().copy(f"COPY doc ({COLUMNS}) FROM STDIN") as copy:
        for item in material.items():
            copy.write_row(_row(item))
    for statement in INDEXES:
        connection.execute(statement)


def _row(item: Item) -> tuple[object, ...]:
    document = item.document
    return (
        document.id, item.text.replace("\0", " "), document.kind, document.country, _with_ancestors(document.fields),
        document.readiness or document.readiness_min, list(document.deals), list(document.goals),
        document.texts[0].language, document.source, _written(item.vector),
    )  # fmt: skip


def _with_ancestors(codes: Iterable[str]) -> list[str]:
    parts = [code.split(".") for code in codes]
    return sorted({".".join(code[:end]) for code in parts for end in range(1, len(code) + 1)})


def _written(vector: Vector) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector.tolist()) + "]"
