"""Typed doors to the `rules` package: who may do what is written with these in each app's `rules.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rules


def predicate(check: Callable[..., bool]) -> Any:
    """A check of (user, object) that can be joined with others by `|`, `&` and `~`."""
    return rules.predicate(check)


def allow(permission: str, check: Any) -> None:
    """From now on `user.has_perm(permission, object)` asks this check."""
    rules.add_perm(permission, check)
