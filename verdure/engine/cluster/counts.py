"""How many entries a question finds, in all and by each facet's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verdure.engine.cluster.connection import Json
from verdure.engine.documents import FACETS, FacetCounts
from verdure.engine.index import MOST_VALUES

SHARD_VALUES = 5 * MOST_VALUES
"""Values that each shard names, so that the sum of the frequent ones is right."""


def counting(filters: Mapping[str, Json]) -> Json:
    """Aggregations over what is found, without the filters, which apply here: to each facet all but its own."""
    everything = {name: _values(name) for name in FACETS if name not in filters}
    asked: Json = {"all": _filtered(list(filters.values()), everything)}
    for own in filters:
        if own in FACETS:
            others = [condition for name, condition in filters.items() if name != own]
            asked[f"but {own}"] = _filtered(others, {own: _values(own)})
    return asked


def counted(answer: Json) -> tuple[int, FacetCounts]:
    """The total, and the values of each facet with their counts, most frequent first."""
    aggregations = answer["aggregations"]
    facets: dict[str, tuple[tuple[str, int], ...]] = {}
    for part in aggregations.values():
        facets |= {name: _pairs(part[name]["buckets"]) for name in FACETS if name in part}
    return aggregations["all"]["doc_count"], {name: facets[name] for name in FACETS}


def _filtered(conditions: Sequence[Json], inside: Json) -> Json:
    condition: Json = {"bool": {"filter": list(conditions)}} if conditions else {"match_all": {}}
    return {"filter": condition, "aggs": inside} if inside else {"filter": condition}


def _values(name: str) -> Json:
    return {"terms": {"field": f"facts.{name}", "size": MOST_VALUES, "shard_size": SHARD_VALUES}}


def _pairs(buckets: Sequence[Json]) -> tuple[tuple[str, int], ...]:
    pairs = ((str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets)
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
