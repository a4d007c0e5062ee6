"""The text model that the settings name: prepared once into the data folder, loaded once per process.

No model at all is a state, not an error: search and matching then work by words alone, and say so.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from django.conf import settings

from verdure.core.progress import Progress
from verdure.engine.encoder import Encoder, ModelSpec, ModelUnusable, load_encoder
from verdure.engine.vector_cache import CachedEncoder

logger = logging.getLogger(__name__)


def prepare(progress: Progress) -> None:
    """Make or fetch the model, if that is not done yet. A model that cannot be had is reported, and left out."""
    try:
        note = _prepared(progress)
    except ModelUnusable as reason:
        logger.warning("No text model: %s Search works by words alone.", reason)
        note = "none: by words alone"
    progress(0, None, note)


def _prepared(progress: Progress) -> str:
    # Making and fetching bring in large libraries, which a process that only serves never loads.
    name: str = settings.TEXT_MODEL
    if name == "minilm":
        from verdure.engine.minilm import prepare_minilm

        prepare_minilm(_folder(), progress=lambda step, number, steps: progress(number, steps, step))
    elif name != "none" and not Path(name).is_dir():
        from verdure.engine.model_hub import download_model

        download_model(name, _folder())
    return name


def _folder() -> Path:
    """Where the model lies, or will lie once it is prepared."""
    name: str = settings.TEXT_MODEL
    if Path(name).is_dir():
        return Path(name)
    folder: Path = settings.MODEL_FOLDER
    return folder / name.replace("/", "--")


@cache
def encoder() -> Encoder | None:
    """The model with its cache of vectors, or None."""
    name: str = settings.TEXT_MODEL
    if name == "none":
        return None
    try:
        loaded = load_encoder(_spec())
    except ModelUnusable as reason:
        logger.warning("No text model: %s Search works by words alone.", reason)
        return None
    return CachedEncoder(loaded, settings.MODEL_FOLDER / "vectors.sqlite3")


def _spec() -> ModelSpec:
    if settings.TEXT_MODEL == "minilm":
        return ModelSpec.read(_folder())
    return ModelSpec(
        folder=_folder(),
        pooling=settings.TEXT_MODEL_POOLING,
        query_prefix=settings.TEXT_MODEL_QUERY_PREFIX,
        passage_prefix=settings.TEXT_MODEL_PASSAGE_PREFIX,
        dimension=settings.TEXT_MODEL_DIMENSION,
        languages=settings.TEXT_MODEL_LANGUAGES,
    )
