"""The same index in an OpenSearch cluster: see `verdure.engine.protocol` for what it offers.

`address` names a cluster, `connection` talks to it, `layout` says what lies there, `entries` how a document becomes an
entry. `words`, `evidence`, `counts`, `traits` and `matching` ask; `index` answers as the embedded index
does; `writer` writes, one at a time by `lock`.
"""
