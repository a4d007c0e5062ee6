"""The real settings, but for the index, which is the one that `benchmarks.build` made beside the data folder."""

from verdure.settings import *  # noqa: F403
from verdure.settings import HOME

INDEX_FOLDER = HOME.parent / "index"
WSGI_APPLICATION = "benchmarks.site_wsgi.application"
