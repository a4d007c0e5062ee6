"""Loops over arrays as machine code, made by numba.

Importing this costs some tenths of a second and some tens of megabytes. Nothing here starts threads of its own: numba's
default ones must not be used from several threads of Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba  # type: ignore[import-untyped, unused-ignore]

P = ParamSpec("P")
T = TypeVar("T")


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """The function, compiled at its first call, which takes seconds; it runs without the GIL and divides as numpy does.

    The code is kept beside the module, or in the user's cache folder; where neither can be written, each process
    makes it anew. A function may call others of its own module only: a change elsewhere would not remake what is kept.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        made: Callable[P, T] = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba's word for: no folder to keep it in
        made = numba.njit(**options)(function)
    return made
