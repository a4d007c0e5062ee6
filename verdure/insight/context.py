"""What the bar of every page needs to know of the floors below."""

from __future__ import annotations

from django.http import HttpRequest

from .desk import due_count


def due(request: HttpRequest) -> dict[str, object]:
    """Nothing for visitors, nor for parts of a page that htmx asks for: those have no bar."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.headers.get("HX-Request"):
        return {}
    return {"due_count": due_count(user)}
