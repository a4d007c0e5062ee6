"""The real settings with the small flow of the tests, for processes that a test starts."""

from verdure.settings import *  # noqa: F403

FLOW = "tests.core.sample_flow.FLOW"
SCHEDULE = "tests.core.sample_flow.SCHEDULE"
PREPARE = "tests.core.sample_flow.PREPARE"
ROOT_URLCONF = "verdure.core.urls"
