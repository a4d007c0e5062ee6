"""Mail to users: each in the own language, and once for each thing there is to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from .models import SentLetter, User

Context = Callable[[], dict[str, Any]]
"""Called in the reader's language, so that what it names is named in that language."""


class NotSent(ExceptionGroup[Exception]):
    """Some letters did not go out; the others did. Trying again sends the missing ones only."""


def send_letters(users: Iterable[User], about: str, template: str, context: Context) -> int:
    """Tell each of them, and say how many letters went out.

    `about` names what is told: whoever was told it is passed over. The template is plain text: its first line is the
    subject, so what the context puts there holds no line end.
    """
    sent, failures = 0, []
    for user in users:
        try:
            sent += send_letter(user, about, template, context)
        except Exception as failure:  # one full mailbox keeps no other letter back
            failures.append(failure)
    if failures:
        raise NotSent(f"letters about {about}", failures)
    return sent


def send_letter(user: User, about: str, template: str, context: Context) -> bool:
    """Whether it went out now. Noted after sending: better told twice, if the worker dies in between, than never."""
    if not user.is_active or user.is_sample or SentLetter.objects.filter(user=user, about=about).exists():
        return False
    subject, body = _written(user, template, context)
    EmailMessage(subject, body, to=[user.email], headers={"Auto-Submitted": "auto-generated"}).send()
    SentLetter.objects.get_or_create(user=user, about=about)
    return True


def _written(user: User, template: str, context: Context) -> tuple[str, str]:
    with translation.override(user.language):
        text = render_to_string(template, {"reader": user, **context()})
    subject, _, body = text.strip().partition("\n")
    return " ".join(subject.split()), body.strip() + "\n"
