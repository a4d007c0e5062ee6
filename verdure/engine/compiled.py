"""Loops over arrays as machine code, made by numba.

Importing this costs some tenths of a second and some tens of megabytes. Nothing here starts threads of its own: numba's
default ones must not be used from several threads of Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

P = ParamSpec("P")
T = TypeVar("T")

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """The function, compiled at its first call, which takes seconds; it runs without the GIL and divides as numpy does.

    The code is kept beside the module, or in the user's cache folder; where neither can be written, each process
    makes it anew. A function may call others of its own module only: a change elsewhere would not remake what is kept.
    """
    return _made(function, OPTIONS)


def summing(function: Callable[P, T]) -> Callable[P, T]:
    """As `compiled`, for long sums: they may be taken in any order, so that the processor adds several at a time."""
    return _made(function, {**OPTIONS, "fastmath": {"reassoc", "contract"}})


def _made(function: Callable[P, T], options: dict[str, Any]) -> Callable[P, T]:
    try:
        made: Callable[P, T] = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba's word for: no folder to keep it in
        made = numba.njit(**options)(function)
    return made


def inlined(function: Callable[P, T]) -> Callable[P, T]:
    """For a small function that a loop calls with arrays: a call would count their references up and down each time."""
    made: Callable[P, T] = numba.njit(inline="always", **OPTIONS)(function)
    return made


def _count(typing: Any, bits: Any) -> Any:
    return types.int64(types.uint64), lambda context, builder, signature, args: builder.ctpop(args[0])


_count_ones: Any = intrinsic(_count)


@compiled
def ones(bits: np.uint64) -> int:
    """How many bits are set, in the processor's one instruction for it."""
    return int(_count_ones(bits))
