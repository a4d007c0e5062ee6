"""Fetching a model, from a server on this machine that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.engine.tiny_models import make_model
from verdure.engine.encoder import ModelSpec, ModelUnusable, load_encoder
from verdure.engine.model_hub import download_model

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Model information, list of files, and files; nothing else is asked for."""

    models: ClassVar[dict[str, Path]] = {}
    asked: ClassVar[list[str]] = []
    refused: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        kind, body, headers = self.answer()
        self.send_response(kind)
        for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def answer(self) -> tuple[int, bytes, dict[str, str]]:
        path = self.path.split("?")[0].removeprefix("/").removeprefix("api/models/")
        name, rest = "/".join(path.split("/")[:2]), path.split("/")[2:]
        if name not in self.models:
            return 404, b"{}", {"X-Error-Code": "RepoNotFound"}
        if rest[:1] == ["resolve"]:
            return self.file(self.models[name], "/".join(rest[2:]))
        listing = {"id": name, "sha": REVISION} if rest[:1] != ["tree"] else self.tree(self.models[name])
        return 200, json.dumps(listing).encode(), {"Content-Type": "application/json"}

    def tree(self, folder: Path) -> list[dict[str, Any]]:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return [
            {"type": "file", "path": str(path.relative_to(folder)), "size": path.stat().st_size, "oid": "0" * 40}
            for path in files
        ]

    def file(self, folder: Path, name: str) -> tuple[int, bytes, dict[str, str]]:
        if name in self.refused:
            return 400, b"", {}
        content = (folder / name).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        return 200, content, {"ETag": f'"{digest}"', "X-Repo-Commit": REVISION}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    Hub.models, Hub.asked, Hub.refused = {}, [], set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def publish(name: str, folder: Path, *, place: str = "", **more: bytes) -> Path:
    make_model(folder)
    (folder / place).mkdir(exist_ok=True)
    (folder / "model.onnx").rename(folder / place / "model.onnx")
    (folder / "pytorch_model.bin").write_bytes(b"not wanted")
    for ending, content in more.items():
        (folder / place / f"model.onnx{ending}").write_bytes(content)
    Hub.models[name] = folder
    return folder


@pytest.mark.parametrize("place", ["", "onnx"])
def test_a_model_arrives_ready_for_use(tmp_path: Path, hub: str, place: str) -> None:
    source = publish("some/model", tmp_path / "source", place=place, _data=b"weights")
    folder = tmp_path / "home" / "model"
    download_model("some/model", folder, endpoint=hub)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "model.onnx": (source / place / "model.onnx").read_bytes(),
        "model.onnx_data": b"weights",
        "tokenizer.json": (source / "tokenizer.json").read_bytes(),
        "model.json": json.dumps({"name": "some/model", "revision": REVISION}).encode() + b"\n",
    }
    assert {path.name for path in folder.parent.iterdir()} == {"model", ".model.lock"}
    (folder / "model.onnx_data").unlink()
    np.testing.assert_array_equal(
        load_encoder(ModelSpec.read(folder)).encode_queries(["sun"]),
        load_encoder(ModelSpec(folder=make_model(tmp_path / "plain"))).encode_queries(["sun"]),
    )


def test_a_model_is_fetched_once_and_another_one_replaces_it(tmp_path: Path, hub: str) -> None:
    publish("some/model", tmp_path / "source")
    publish("other/model", tmp_path / "other", _data=b"other")
    for name in ("some/model", "some/model", "other/model"):
        Hub.asked.clear()
        download_model(name, tmp_path / "model", endpoint=hub)
        assert json.loads((tmp_path / "model" / "model.json").read_text())["name"] == name
    assert (tmp_path / "model" / "model.onnx_data").read_bytes() == b"other"
    Hub.asked.clear()
    download_model("other/model", tmp_path / "model", endpoint=hub)
    assert Hub.asked == []


def test_an_unknown_name_is_said_to_be_missing(tmp_path: Path, hub: str) -> None:
    for name in ("no/model", "not a name"):
        with pytest.raises(ModelUnusable, match=name) as refusal:
            download_model(name, tmp_path / "model", endpoint=hub)
        assert refusal.value.reason == "missing"


def test_a_model_without_a_graph_is_refused(tmp_path: Path, hub: str) -> None:
    (publish("some/model", tmp_path / "source") / "model.onnx").unlink()
    with pytest.raises(ModelUnusable, match=r"some/model has no model\.onnx") as refusal:
        download_model("some/model", tmp_path / "model", endpoint=hub)
    assert refusal.value.reason == "missing"
    assert not (tmp_path / "model").exists()


def test_a_broken_download_leaves_nothing_in_place_and_goes_on_later(tmp_path: Path, hub: str) -> None:
    publish("some/model", tmp_path / "source", place="onnx")
    Hub.refused = {"onnx/model.onnx"}
    with pytest.raises(ModelUnusable, match="could not be downloaded") as refusal:
        download_model("some/model", tmp_path / "model", endpoint=hub)
    assert refusal.value.reason == "unreachable"
    assert not (tmp_path / "model").exists()
    with pytest.raises(ModelUnusable, match="could not be downloaded"):
        download_model("some/model", tmp_path / "model", endpoint=closed_address())
    Hub.refused = set()
    download_model("some/model", tmp_path / "model", endpoint=hub)
    assert load_encoder(ModelSpec.read(tmp_path / "model")).dimension == 4


def closed_address() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_without_a_hub_it_says_what_to_do(tmp_path: Path, hub: str) -> None:
    with pytest.raises(ModelUnusable, match="Try again when the hub can be reached, or copy") as refusal:
        download_model("some/model", tmp_path / "model", endpoint=closed_address())
    assert refusal.value.reason == "unreachable"


def test_where_downloads_are_switched_off_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnusable, match="name that folder in the settings") as refusal:
        download_model("some/model", tmp_path / "model")
    assert refusal.value.reason == "unreachable"
