"""Fetching an encoder from the Hugging Face hub, or from a mirror that speaks its protocol."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

from .encoder import DESCRIPTION, ModelUnusable
from .model_folder import description, only_one_maker, replaced

PLACES = ("", "onnx/")
"""Where publishers keep the graph: beside the tokenizer, or in a folder of its own."""

WANTED = ["tokenizer.json", *(f"{place}model.onnx{more}" for place in PLACES for more in ("", "_data", ".data"))]


def download_model(name: str, folder: Path, *, endpoint: str | None = None) -> None:
    """Brings `name` ("owner/model") into `folder` as `model.onnx` and `tokenizer.json`, unless it is there already.

    Whatever else was in `folder` goes. An interrupted download goes on where it stopped. `endpoint` is a mirror's
    address; the default is the hub, or what the hub library's own environment variables say.
    Raises ModelUnusable: "unreachable", or "missing" when there is no such model or it has no ONNX graph.
    """
    with only_one_maker(folder):
        if description(folder).get("name") == name and (folder / "model.onnx").is_file():
            return
        parts = folder.parent / f".{folder.name}.parts-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        revision = _fetch(name, parts, endpoint=endpoint)
        graphs = _fetched_graphs(name, parts)
        with replaced(folder) as fresh:
            for path in (*graphs, parts / "tokenizer.json"):
                path.rename(fresh / path.name)
            (fresh / DESCRIPTION).write_text(json.dumps({"name": name, "revision": revision}) + "\n")
        shutil.rmtree(parts, ignore_errors=True)


def _fetch(name: str, parts: Path, *, endpoint: str | None) -> str:
    """The revision that `parts` then holds.

    It is asked for first: without one the library takes a half-filled folder for good when the hub is out of reach.
    """
    try:
        revision = HfApi(endpoint=endpoint).model_info(name).sha or "main"
        snapshot_download(name, revision=revision, local_dir=parts, allow_patterns=WANTED, endpoint=endpoint)
    except (RepositoryNotFoundError, GatedRepoError, HFValidationError) as error:
        raise ModelUnusable("missing", f"The hub gives no model named {name!r}: {error}") from error
    except Exception as error:  # the library lets through whatever its HTTP client and the disk raise
        raise ModelUnusable(
            "unreachable",
            f"{name} could not be downloaded: {error} Try again when the hub can be reached, or copy model.onnx and "
            "tokenizer.json of the model into a folder and name that folder in the settings.",
        ) from error
    return revision


def _fetched_graphs(name: str, parts: Path) -> list[Path]:
    """The graph and, for graphs over 2 GB, the weights beside it."""
    for place in PLACES:
        graphs = sorted((parts / place).glob("model.onnx*"))
        if parts / place / "model.onnx" in graphs and (parts / "tokenizer.json").is_file():
            return graphs
    raise ModelUnusable("missing", f"{name} has no model.onnx with a tokenizer.json, so it cannot be used here.")
