"""The default model, prepared once a session (about four seconds for int8, two for float32)."""

from __future__ import annotations

import os

import pytest

from verdure.engine.encoder import ModelSpec, ModelUnusable
from verdure.engine.minilm import Precision, packaged_files, prepare_minilm


def prepared(factory: pytest.TempPathFactory, precision: Precision) -> ModelSpec:
    try:
        packaged_files()
    except ModelUnusable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    return prepare_minilm(factory.mktemp("model") / precision, precision=precision)


@pytest.fixture(scope="session")
def minilm_int8(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return prepared(tmp_path_factory, "int8")


@pytest.fixture(scope="session")
def minilm_float32(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return prepared(tmp_path_factory, "float32")
