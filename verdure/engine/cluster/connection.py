"""Talking to a cluster: every request is tried on its other nodes, and again a little later, before it counts as lost.

A reader waits no longer than a person would. Once no node has answered, readers are told so at once, and one of them at
a time tries again after a moment: a dead or frozen cluster does not hold up a site whose other pages need none.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opensearchpy import ConnectionError as NoConnection, ConnectionTimeout, OpenSearch, SerializationError
from opensearchpy.exceptions import TransportError

from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.documents import EngineError, IndexMissing, SearchUnavailable

Json = dict[str, Any]

PATIENT = 60.0
"""Seconds a writer goes on trying: longer than an election or the move of a shard takes."""

BRIEF = 6.0
"""Seconds a reader goes on trying."""

ANSWER_BRIEF, ANSWER_LONG = 5.0, 30.0
"""Seconds that one answer may take: a reader's, a writer's, whose bulks are large."""

ROUNDS = 3
"""How often a reader is refused a connection by every node before it gives up."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
SILENCE = 2.0
"""Seconds during which readers are not kept waiting again for a cluster that did not answer."""

THREADS = 16
"""Connections that are kept to each node: a site has not many more threads that ask at once."""

AGAIN = frozenset({408, 429})
"""Answers below 500 that another try may change."""


class ClusterRefused(EngineError):
    """The cluster understood a request and refuses it: a fault of ours or of its settings."""


class Conflict(ClusterRefused):
    """Somebody else wrote this entry first."""


class Gone(IndexMissing):
    """The index named in a request is not there (any more)."""


class Connection:
    """Shared by threads. `patience`: seconds to go on trying."""

    def __init__(self, address: ClusterAddress, *, patience: float = BRIEF) -> None:
        self.address = address
        self.patience = patience
        self._silent_until = 0.0
        self._turns = threading.Lock()
        self._client = OpenSearch(
            hosts=[{"host": host, "port": port} for host, port in address.hosts],
            http_auth=(address.user, address.password) if address.user else None,
            use_ssl=address.secure,
            verify_certs=address.secure and address.verified,
            ssl_show_warn=False,
            max_retries=0,
            pool_maxsize=THREADS,
            timeout=ANSWER_BRIEF if patience <= BRIEF else ANSWER_LONG,
            dead_timeout=1,
            timeout_cutoff=0,
            ca_certs=address.authority or None,
        )

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **params: Any) -> Json:
        return self._asked("GET", path, None, params)

    def post(self, path: str, body: Any = None, **params: Any) -> Json:
        return self._asked("POST", path, body, params)

    def put(self, path: str, body: Any = None, **params: Any) -> Json:
        return self._asked("PUT", path, body, params)

    def delete(self, path: str, **params: Any) -> Json:
        return self._asked("DELETE", path, None, params)

    def searches(self, index: str, bodies: Sequence[Json]) -> list[Json]:
        """Several searches at once; term statistics are those of all shards together."""
        header = json.dumps({"search_type": "dfs_query_then_fetch", "allow_partial_search_results": False})
        lines = "".join(f"{header}\n{json.dumps(body)}\n" for body in bodies)
        answers: list[Json] = self.post(f"/{index}/_msearch", lines)["responses"]
        return answers

    def search(self, index: str, body: Json) -> Json:
        return self.searches(index, [body])[0]

    def sources(self, index: str, ids: Iterable[int], *names: str) -> dict[int, Json]:
        """The kept fields of entries, as last written, visible to searches or not."""
        wanted = [str(identifier) for identifier in ids]
        if not wanted:
            return {}
        found = self.post(f"/{index}/_mget", {"ids": wanted}, _source_includes=",".join(names))["docs"]
        return {int(entry["_id"]): entry["_source"] for entry in found if entry["found"]}

    def _asked(self, method: str, path: str, body: Any, params: Mapping[str, Any]) -> Json:
        """The answer of the first node that gives one."""
        brief = self.patience <= BRIEF
        if brief:
            self._take_turn()
        until, pause, refusals = time.monotonic() + self.patience, FIRST_PAUSE, 0
        while True:
            try:
                answer = self._answer(method, path, body, params)
                self._silent_until = 0.0
                return answer
            except (TransportError, SerializationError) as error:
                problem = _retryable(error)
            if isinstance(problem, NoConnection) and not isinstance(problem, ConnectionTimeout):
                refusals += 1
                if refusals % len(self.address.hosts):
                    continue  # the next node may well be there
            given_up = brief and refusals >= ROUNDS * len(self.address.hosts)
            if given_up or time.monotonic() + pause > until:
                self._silent_until = time.monotonic() + SILENCE
                raise SearchUnavailable(f"no answer from {self.address}: {problem}") from problem
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _take_turn(self) -> None:
        """Raises SearchUnavailable during a silence; after it, one may try again, and the others hear of that."""
        if not self._silent_until:
            return
        with self._turns:
            if time.monotonic() < self._silent_until:
                raise SearchUnavailable(f"no answer from {self.address}")
            self._silent_until = time.monotonic() + self.patience + SILENCE

    def _answer(self, method: str, path: str, body: Any, params: Mapping[str, Any]) -> Json:
        answer: Any = self._client.transport.perform_request(method, path, params=dict(params), body=body)
        if not isinstance(answer, dict):
            return {"found": answer}
        for part in (*answer.get("responses", ()), *answer.get("docs", ())):
            if "error" in part:
                raise TransportError(_status_of(part), part["error"].get("type", ""), part["error"])
        return answer


def _status_of(part: Json) -> int:
    """Of one answer of several. A single entry has none: its shard has no copy just now, or the index is not there."""
    causes = (part["error"], *part["error"].get("root_cause", ()))
    missing = any(cause.get("type") == "index_not_found_exception" for cause in causes)
    return int(part.get("status", 404 if missing else 503))


def _retryable(error: Exception) -> Exception:
    """The error, if another try may go well; else what it means is raised."""
    status = error.status_code if isinstance(error, TransportError) else 500
    if not isinstance(status, int) or status >= 500 or status in AGAIN:
        return error
    reason = str(getattr(error, "error", error))
    if status == 404:
        raise Gone(reason) from error
    if status == 409:
        raise Conflict(reason) from error
    if status in (401, 403):
        raise SearchUnavailable(f"the search cluster refuses the user of SEARCH_URL: {reason}") from error
    raise ClusterRefused(f"{reason}: {json.dumps(getattr(error, 'info', None), default=str)[:2000]}") from error
