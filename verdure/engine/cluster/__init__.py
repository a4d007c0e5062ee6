"""The same index in an OpenSearch cluster: see `verdure.engine.protocol` for what it offers.

`address` names a cluster, `connection` talks to it, `layout` says what lies there, `entries` how a document becomes an
entry. `words`, `evidence` and `counts` ask; `index` answers like the embedded index does; `writer` writes.
"""

from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.index import ClusterIndex
from verdure.engine.cluster.writer import ClusterWriter

__all__ = ["ClusterAddress", "ClusterIndex", "ClusterWriter"]
