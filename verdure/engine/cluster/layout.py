"""What lies in a cluster under a prefix.

    <prefix>            alias: the index that readers use
    <prefix>-000007     an index; its mapping carries `Made`, what it was made with
    <prefix>-000008     the next one, while a rebuild is under way
    <prefix>-lock       one entry: who is writing

One entry for each document, whose language versions and passages are nested in it, so that BM25 sees every version as
a text of its own and a document scores as its best version and its best passage do.
"""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass

from verdure.engine.background import Background
from verdure.engine.cluster.connection import ClusterRefused, Connection, Gone, Json
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import FILTERS, IndexDamaged, IndexMissing
from verdure.engine.writer import Encodes, settings_of as embedded_settings_of

SCHEMA = 2
META = "verdure"
KEPT_FOR = 1.0
"""Seconds for which a reader takes the number of documents and their languages as known."""

KEPT_FIELDS = ("document", "digest", "meaning", "stems")
"""What an entry gives back; all else is only searched."""

COPIES_WITHIN = "15s"
"""How long a new index waits for its copies; without them it is used all the same."""

DEEPEST = 10_000
"""Results that can be paged through (OpenSearch's own limit)."""


@dataclass(frozen=True, slots=True)
class Made:
    """`settings`: see `settings_of`. `mean`, `spread`: likeness of unrelated texts, see `background`."""

    settings: str
    dimension: int
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Collection:
    """An index as readers know it. `routes` holds one routing value for each shard."""

    name: str
    made: Made
    routes: tuple[str, ...]
    documents: int
    languages: tuple[str, ...]

    @property
    def background(self) -> Background:
        return Background(self.made.mean, self.made.spread)


class Collections:
    """Hands out the index that counts now; threads may share it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: tuple[float, Collection] | None = None

    def current(self) -> Collection:
        """Raises IndexMissing before the first build."""
        known = self._known
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        return self.newest()

    def newest(self) -> Collection:
        """As `current`, but asked just now."""
        before = self._known[1] if self._known else None
        name, made = current(self._connection)
        routes = before.routes if before and before.name == name else _routes(self._connection, name)
        counts = {"languages": {"terms": {"field": "facts.language", "size": 200}}}
        answer = self._connection.search(name, {"size": 0, "track_total_hits": True, "aggs": counts})
        spoken = tuple(bucket["key"] for bucket in answer["aggregations"]["languages"]["buckets"])
        collection = Collection(name, made, routes, answer["hits"]["total"]["value"], spoken)
        self._known = (time.monotonic() + KEPT_FOR, collection)
        return collection

    def forget(self) -> None:
        self._known = None


def current(connection: Connection) -> tuple[str, Made]:
    """The name of the index behind the alias, and what it was made with."""
    prefix = connection.address.prefix
    try:
        found = connection.get(f"/{prefix}/_mapping")
    except Gone as error:
        raise IndexMissing(f"there is no index yet in the search cluster ({connection.address})") from error
    if len(found) != 1:
        raise IndexDamaged(f"the alias {prefix} stands for {len(found)} indices")
    ((name, content),) = found.items()
    return name, _made(name, content)


def settings_of(encoder: Encodes | None, thesaurus: Thesaurus) -> str:
    """Everything that decides what an index holds for a document, apart from the document."""
    return f"cluster {SCHEMA}; {embedded_settings_of(encoder, thesaurus)}"


def all_indices(connection: Connection) -> dict[str, Made | None]:
    """Every index of the prefix, in order, readers' or not; None for one that is not of our making."""
    prefix = connection.address.prefix
    found = connection.get(f"/{prefix}-0*/_mapping", allow_no_indices="true")
    ours = re.compile(rf"{re.escape(prefix)}-\d{{6}}")
    indices: dict[str, Made | None] = {}
    for name, content in sorted(found.items()):
        if ours.fullmatch(name):
            try:
                indices[name] = _made(name, content)
            except IndexDamaged:
                indices[name] = None
    return indices


def _made(name: str, content: Json) -> Made:
    try:
        return Made(**content["mappings"]["_meta"][META])
    except (KeyError, TypeError) as error:
        raise IndexDamaged(f"the index {name} was not made by this program, or by another version of it") from error


def create(connection: Connection, made: Made) -> str:
    """An empty index that no reader sees yet."""
    prefix = connection.address.prefix
    last = max(all_indices(connection), default=f"{prefix}-000000")
    name = f"{prefix}-{int(last[-6:]) + 1:06d}"
    make_index(connection, name, {"settings": {"index": _settings(connection)}, "mappings": mapping(made)})
    return name


def make_index(connection: Connection, name: str, body: Json) -> None:
    """Returns once every copy of its shards is in use, so that the loss of a node just afterwards loses none.

    An index that is there already was made by a try whose answer was lost, or by another that wants the same.
    """
    try:
        connection.put(f"/{name}?wait_for_active_shards=all&timeout={COPIES_WITHIN}", body)
    except ClusterRefused as error:
        if "resource_already_exists" not in str(error):
            raise


def promote(connection: Connection, name: str) -> None:
    """From one moment to the next readers use this index; all others under the prefix go."""
    alias = connection.address.prefix
    others = [other for other in all_indices(connection) if other != name]
    actions: list[Json] = [{"remove_index": {"index": other}} for other in others]
    connection.post("/_aliases", {"actions": [*actions, {"add": {"index": name, "alias": alias}}]})


def _settings(connection: Connection) -> Json:
    address = connection.address
    most = min(address.replicas, 9)
    return {
        "knn": True,
        "number_of_shards": address.shards,
        "auto_expand_replicas": f"0-{most}" if most else "false",
        **({} if most else {"number_of_replicas": 0}),
        "max_result_window": DEEPEST,
    }


def mapping(made: Made) -> Json:
    words = {"type": "text", "analyzer": "whitespace"}
    fields = {
        "stems": words | {"index_options": "freqs"},
        "title": words | {"index_options": "freqs"},
        "openings": words | {"index_options": "freqs"},
        "concepts": words | {"index_options": "freqs"},
        "surfaces": words,
    }
    properties: Json = {
        "number": {"type": "long"},
        "document": {"type": "object", "enabled": False},
        "digest": {"type": "long", "index": False, "doc_values": False},
        "meaning": {"type": "object", "enabled": False},
        "stems": {"type": "object", "enabled": False},
        "facts": {"properties": {name: {"type": "keyword"} for name in FILTERS}},
        "names": {"type": "keyword", "doc_values": False},
        "forms": words | {"index_options": "docs", "norms": False},
        "versions": {"type": "nested", "properties": fields},
        **{name: {"type": "integer"} for name in ("published", "deadline", "level", "stage")},
    }
    if made.dimension:
        properties["passages"] = {"type": "nested", "properties": {"vector": _vector(made.dimension)}}
    return {
        "dynamic": "strict",
        "_meta": {META: asdict(made)},
        "_source": {"includes": list(KEPT_FIELDS)},
        "properties": properties,
    }


def _vector(dimension: int) -> Json:
    method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
    return {"type": "knn_vector", "dimension": dimension, "method": method}


def _routes(connection: Connection, name: str) -> tuple[str, ...]:
    """For each shard a routing value that leads to it: term statistics are asked of every shard on its own."""
    shards = len(_shards(connection, name))
    found: dict[int, str] = {}
    for number in range(64 * shards):
        if len(found) == shards:
            break
        (copies,) = _shards(connection, name, routing=str(number))
        found.setdefault(int(copies[0]["shard"]), str(number))
    return tuple(found[shard] for shard in sorted(found))


def _shards(connection: Connection, name: str, **params: str) -> list[list[Json]]:
    """The copies of each shard. An index that has gone has none, which the cluster does not call an error."""
    found: list[list[Json]] = connection.get(f"/{name}/_search_shards", **params)["shards"]
    if not found:
        raise Gone(name)
    return found
