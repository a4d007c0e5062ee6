from __future__ import annotations

import pytest

from verdure.engine.cluster.address import ClusterAddress


def test_an_address_in_full() -> None:
    url = "opensearch+https://verdure:p%40ss%3Aword@one.example:9201,[::1],three.example/green?shards=5&replicas=2"
    address = ClusterAddress.parse(url + "&ca=/etc/ca.pem&verify=false")
    assert address == ClusterAddress(
        hosts=(("one.example", 9201), ("::1", 9200), ("three.example", 9200)),
        prefix="green",
        secure=True,
        user="verdure",
        password="p@ss:word",
        shards=5,
        replicas=2,
        authority="/etc/ca.pem",
        verified=False,
    )
    assert "p@ss" not in f"{address} {address!r}"


def test_an_address_in_short() -> None:
    assert ClusterAddress.parse("opensearch://localhost") == ClusterAddress(hosts=(("localhost", 9200),))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("elastic://localhost", "begins with one of"),
        ("opensearch://", "no host:port"),
        ("opensearch://localhost:port", "no host:port"),
        ("opensearch://one,,two", "no host:port"),
        ("opensearch://localhost/Upper", "small letters"),
        ("opensearch://localhost/a/b", "small letters"),
        ("opensearch://localhost?shard=3", "the options are"),
        ("opensearch://localhost?shards=0", "a number from 1"),
        ("opensearch://localhost?replicas=many", "a number from 0"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ClusterAddress.parse(url)
