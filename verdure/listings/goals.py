"""The United Nations' seventeen Sustainable Development Goals, by number and short title."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Goal:
    number: int  # 1 to 17
    title: _StrPromise


class UnknownGoal(LookupError):
    """A number that no goal has."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no goal {number}; the goals are numbered 1 to 17")
        self.number = number


@cache
def goals() -> tuple[Goal, ...]:
    """All goals in order."""
    return (
        Goal(1, _("No poverty")),
        Goal(2, _("Zero hunger")),
        Goal(3, _("Good health and well-being")),
        Goal(4, _("Quality education")),
        Goal(5, _("Gender equality")),
        Goal(6, _("Clean water and sanitation")),
        Goal(7, _("Affordable and clean energy")),
        Goal(8, _("Decent work and economic growth")),
        Goal(9, _("Industry, innovation and infrastructure")),
        Goal(10, _("Reduced inequalities")),
        Goal(11, _("Sustainable cities and communities")),
        Goal(12, _("Responsible consumption and production")),
        Goal(13, _("Climate action")),
        Goal(14, _("Life below water")),
        Goal(15, _("Life on land")),
        Goal(16, _("Peace, justice and strong institutions")),
        Goal(17, _("Partnerships for the goals")),
    )


def goal(number: int) -> Goal:
    """The goal of a number. Raises UnknownGoal."""
    for item in goals():
        if item.number == number:
            return item
    raise UnknownGoal(number)
