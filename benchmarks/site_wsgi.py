"""The real application over an index whose vectors the stand-in made: every query is encoded by the real model too."""

from django.conf import settings

from benchmarks.build import Built
from benchmarks.encoder import RealCost
from verdure.discovery import index, model

_real = model.encoder()
assert _real is not None, "the text model is not prepared"
_encoder = RealCost(Built(settings.INDEX_FOLDER.parent).encoder, _real)
vars(index)["encoder"] = lambda: _encoder

from verdure.wsgi import application  # noqa: E402 -- it warms the encoder that stands there by now

assert index.reader().state().mode == "hybrid", index.reader().state()

__all__ = ["application"]
