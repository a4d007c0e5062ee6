"""A real three-node OpenSearch cluster for the tests that need one: started once, at the first of them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from tools.cluster.nodes import LocalCluster, can_run
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.connection import Connection


@pytest.fixture(scope="session")
def search_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Killed with the test run, however that ends."""
    if reason := can_run():
        if os.environ.get("CI") == "true" or os.environ.get("VERDURE_NO_SKIPS"):
            pytest.fail(f"no search cluster: {reason}")
        pytest.skip(f"no search cluster: {reason}")
    cluster = LocalCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def fresh_url(cluster: LocalCluster, *, replicas: int = 1) -> str:
    """A prefix of its own. Two shards are enough for all that differs between one and many."""
    return f"opensearch://{cluster.hosts}/test-{uuid.uuid4().hex[:8]}?shards=2&replicas={replicas}"


def fresh_address(cluster: LocalCluster, *, replicas: int = 1) -> ClusterAddress:
    return ClusterAddress.parse(fresh_url(cluster, replicas=replicas))


def elected(cluster: LocalCluster) -> int:
    """The number of the node that manages the cluster: its loss hurts most."""
    connection = Connection(fresh_address(cluster))
    state = connection.get("/_cluster/state/master_node,nodes")
    connection.close()
    return int(state["nodes"][state["master_node"]]["name"].removeprefix("node-"))
