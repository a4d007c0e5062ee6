"""What can be done to listings. Forms, the API, imports, samples and tests all come here."""

from .drafts import EditConflict, attach, change, detach, restore, start
from .importing import Loaded, compare, load, remove, remove_source
from .moderation import approve, ask_for_changes, mark, publish_due, reject, revoke_mark, take_up
from .steering import NotReady, archive, expire_due, pause, reconfirm, reopen, resume, submit, withdraw
from .telling import remind_due, tell

__all__ = [
    "EditConflict", "Loaded", "NotReady", "approve", "archive", "ask_for_changes", "attach", "change", "compare",
    "detach", "expire_due", "load", "mark", "pause", "publish_due", "reconfirm", "reject", "remind_due", "remove",
    "remove_source", "reopen", "restore", "resume", "revoke_mark", "start", "submit", "take_up", "tell", "withdraw",
]  # fmt: skip
