from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.conformance.backends import remove
from tests.search_cluster import fresh_address
from tools.cluster.nodes import LocalCluster
from verdure.engine.cluster.address import ClusterAddress


@pytest.fixture
def address(search_cluster: LocalCluster) -> Iterator[ClusterAddress]:
    """Nothing lies there yet."""
    address = fresh_address(search_cluster)
    yield address
    remove(address)
