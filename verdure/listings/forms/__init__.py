"""The steps in which a listing is written. Each reads a record and gives it back with the person's answers."""

from .files import AttachmentForm
from .moderation import ApproveForm, MessageForm
from .steps import Step, step_named, step_of, steps_for

__all__ = ["ApproveForm", "AttachmentForm", "MessageForm", "Step", "step_named", "step_of", "steps_for"]
