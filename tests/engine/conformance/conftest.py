"""Every test here runs on every backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.conformance.backends import Backend, Folder, Place, Prefix, filled
from tests.engine.samples import COLLECTION, BagOfStems
from tests.search_cluster import fresh_address
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.protocol import SearchIndex


@pytest.fixture(scope="session", params=["embedded", "cluster"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    if request.param == "embedded":
        return lambda: Folder(tmp_path_factory.mktemp("index"))
    cluster = request.getfixturevalue("search_cluster")
    free: list[ClusterAddress] = []
    # Without copies, which answer no differently, and take their time to be made for each test.
    return lambda: Prefix(free.pop() if free else fresh_address(cluster, replicas=0), free)


@pytest.fixture
def place(backend: Backend) -> Iterator[Place]:
    place = backend()
    yield place
    place.close()


@pytest.fixture(scope="module")
def index(backend: Backend) -> Iterator[SearchIndex]:
    """The sample collection, with an encoder; read only."""
    place = backend()
    yield filled(place, *COLLECTION, encoder=BagOfStems())
    place.close()
