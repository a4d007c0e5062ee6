"""How requests are tried again, against a server that answers as OpenSearch does when it is in trouble."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.engine.samples import make_technology
from verdure.engine.cluster import connection as connecting, writer as writing
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.connection import ClusterRefused, Conflict, Connection, Gone
from verdure.engine.documents import SearchUnavailable

Answer = tuple[int, Any]
BUSY = {"type": "rejected_execution_exception", "reason": "rejected execution of primary operation"}


class Server:
    """Gives its `answers` in turn, the last one for ever; keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                outer.requests.append((f"{self.command} {self.path}", body, dict(self.headers)))
                status, content = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                payload = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815

            def log_message(self, *args: Any) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


Connected = Callable[..., tuple[Connection, Server]]


@pytest.fixture
def connected() -> Iterator[Connected]:
    """A connection to a server that gives these answers."""
    open_things: list[Connection | Server] = []

    def connect(*answers: Answer, url: str = "opensearch://{host}/test", patience: float = 5.0) -> Any:
        server = Server(*answers)
        connection = Connection(ClusterAddress.parse(url.format(host=server.host)), patience=patience)
        open_things.extend((connection, server))
        return connection, server

    yield connect
    for each in open_things:
        each.close()


def error(status: int, kind: str) -> Answer:
    return status, {"error": {"type": kind, "reason": "so it is"}, "status": status}


@pytest.mark.parametrize(
    "trouble", [error(503, "cluster_manager_not_discovered_exception"), error(429, "busy"), error(500, "x")]
)
def test_trouble_of_the_cluster_is_waited_out(connected: Connected, trouble: Answer) -> None:
    connection, server = connected(trouble, trouble, (200, {"count": 3}))
    assert connection.post("/test/_count") == {"count": 3}
    assert [request for request, *_ in server.requests] == ["POST /test/_count"] * 3


def test_one_search_of_several_that_failed_is_asked_again_with_the_others(connected: Connected) -> None:
    whole = {"hits": {"hits": []}, "status": 200}
    half = (200, {"responses": [whole, error(503, "search_phase_execution_exception")[1]]})
    connection, server = connected(half, (200, {"responses": [whole, whole]}))
    assert connection.searches("test", [{"size": 0}, {"size": 1}]) == [whole, whole]
    assert len(server.requests) == 2


def entry_error(kind: str) -> Answer:
    cause = {"type": kind, "reason": "so it is"}
    return 200, {"docs": [{"_id": "1", "found": False}, {"_id": "2", "error": cause | {"root_cause": [cause]}}]}


def test_an_entry_whose_shard_moves_is_asked_for_again(connected: Connected) -> None:
    there = (200, {"docs": [{"_id": "2", "found": True, "_source": {"digest": 7}}]})
    connection, server = connected(entry_error("no_shard_available_action_exception"), there)
    assert connection.sources("test", [1, 2], "digest") == {2: {"digest": 7}}
    assert len(server.requests) == 2


def test_an_entry_of_an_index_that_went_says_so(connected: Connected) -> None:
    connection, _ = connected(entry_error("index_not_found_exception"))
    with pytest.raises(Gone):
        connection.sources("test", [1, 2], "digest")


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (error(404, "index_not_found_exception"), Gone),
        (error(409, "version_conflict_engine_exception"), Conflict),
        (error(400, "parsing_exception"), ClusterRefused),
        (error(401, "security_exception"), SearchUnavailable),
        (error(403, "security_exception"), SearchUnavailable),
    ],
)
def test_what_another_try_would_not_change_is_raised_at_once(
    connected: Connected, answer: Answer, raised: type[Exception]
) -> None:
    connection, server = connected(answer)
    with pytest.raises(raised):
        connection.get("/test/_mapping")
    assert len(server.requests) == 1


def test_a_node_that_is_not_there_is_passed_over(connected: Connected) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"127.0.0.1:{taken.getsockname()[1]}"
    connection, server = connected((200, {"count": 3}), url=f"opensearch://{nobody},{{host}}/test", patience=0.5)
    assert [connection.post("/test/_count")["count"] for _ in range(6)] == [3] * 6
    assert len(server.requests) == 6


def test_readers_are_not_kept_waiting_twice(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "SILENCE", 3600.0)
    connection, server = connected(error(503, "x"), patience=0.3)
    with pytest.raises(SearchUnavailable, match="no answer from"):
        connection.get("/test/_mapping")
    asked = len(server.requests)
    assert asked > 1
    with pytest.raises(SearchUnavailable):
        connection.get("/test/_mapping")
    assert len(server.requests) == asked


def test_readers_ask_again_after_a_moment(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "SILENCE", 0.0)
    connection, server = connected(error(503, "x"), patience=0.3)
    for _ in range(2):
        with pytest.raises(SearchUnavailable):
            connection.get("/test/_mapping")
    server.answers = [(200, {"count": 3})]
    assert connection.get("/test/_mapping") == {"count": 3}


def test_user_and_password_are_sent(connected: Connected) -> None:
    connection, server = connected((200, {"count": 3}), url="opensearch://green:s%40lt@{host}/test")
    connection.post("/test/_count")
    assert server.requests[0][2]["authorization"] == "Basic " + base64.b64encode(b"green:s@lt").decode()


def done(*statuses: int) -> Answer:
    """What a bulk of so many operations came to."""
    items = [
        {"index": {"_id": str(n), "status": status} | ({} if status < 300 else {"error": BUSY})}
        for n, status in enumerate(statuses)
    ]
    return 200, {"errors": max(statuses) >= 300, "items": items}


def operations(count: int) -> list[str]:
    return [f'{{"index": {{"_id": "{n}"}}}}\n{{"number": {n}}}\n' for n in range(count)]


def test_operations_of_a_bulk_that_were_refused_for_now_are_sent_again(connected: Connected) -> None:
    connection, server = connected(done(201, 429, 503, 200), done(503, 200), done(201))
    writing._Bulk(connection, "test-000001", operations(4)).send()
    bodies = [body for _, body, _ in server.requests]
    assert bodies == ["".join(operations(4)), "".join(operations(3)[1:]), operations(2)[1]]


def test_an_operation_that_is_refused_for_good_is_said_with_its_reason(connected: Connected) -> None:
    connection, _ = connected(done(201, 400))
    with pytest.raises(ClusterRefused, match=r"entry 1: .*rejected execution"):
        writing._Bulk(connection, "test-000001", operations(2)).send()


def test_a_bulk_gives_up_when_its_time_is_over(connected: Connected) -> None:
    connection, _ = connected(done(429), patience=0.3)
    with pytest.raises(SearchUnavailable, match="1 operations could not be done"):
        writing._Bulk(connection, "test-000001", operations(1)).send()


def test_bulks_are_cut_by_size() -> None:
    many = [json.dumps({"document": make_technology(1).texts[0].title * 40_000}) for _ in range(30)]
    bulks = list(writing._bulks(many))
    assert [line for bulk in bulks for line in bulk] == many
    assert len(bulks) > 1
    assert all(sum(map(len, bulk[:-1])) < writing.BULK_BYTES for bulk in bulks)
