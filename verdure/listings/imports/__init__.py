"""The running of imports: from the command line and through the site, with checkpoints, rejects and previews."""

from .files import content_of, drop_rejects, drop_upload, first_rejects, rejects_content, rejects_path
from .options import Options
from .previews import Preview, preview
from .runs import COUNTS, AlreadyRunning, Stopped, Tried, begin, dry_run, fail, go_on, interrupt
from .uploads import NotStartable, adjust, discard, forget, receive, start

__all__ = [
    "COUNTS",
    "AlreadyRunning",
    "NotStartable",
    "Options",
    "Preview",
    "Stopped",
    "Tried",
    "adjust",
    "begin",
    "content_of",
    "discard",
    "drop_rejects",
    "drop_upload",
    "dry_run",
    "fail",
    "first_rejects",
    "forget",
    "go_on",
    "interrupt",
    "preview",
    "receive",
    "rejects_content",
    "rejects_path",
    "start",
]
