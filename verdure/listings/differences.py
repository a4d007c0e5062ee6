"""What changed in a listing, word by word, under names that a person reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from verdure.core.models import Activity

from . import words
from .models import IpStatus, Listing, Patent, Role
from .records import ListingRecord, to_json

Part = tuple[Literal["same", "added", "removed"], str]

LABELS: Mapping[str, str | Promise] = {
    "language": gettext_lazy("Language"),
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("Summary"),
    "description": gettext_lazy("How it works"),
    "advantages": gettext_lazy("Advantages"),
    "problem": gettext_lazy("The problem"),
    "context": gettext_lazy("Context and constraints"),
    "specification": gettext_lazy("What a solution must reach"),
    "comparison": gettext_lazy("What will be compared"),
    "keywords": gettext_lazy("Keywords"),
    "origin": gettext_lazy("Who wrote it"),
    "organisation": gettext_lazy("Organisation"),
    "fields": gettext_lazy("Fields"),
    "goals": gettext_lazy("Sustainable Development Goals"),
    "places": gettext_lazy("Where"),
    "developed_in": gettext_lazy("Developed in"),
    "deployed_in": gettext_lazy("In use in"),
    "deals": gettext_lazy("Ways to deal"),
    "ipc": gettext_lazy("IPC classes"),
    "cpc": gettext_lazy("CPC classes"),
    "website": gettext_lazy("Website"),
    "video": gettext_lazy("Video"),
    "readiness": gettext_lazy("Readiness"),
    "readiness_min": gettext_lazy("Lowest readiness"),
    "ip_status": gettext_lazy("Protection"),
    "patents": gettext_lazy("Patents"),
    "claims": gettext_lazy("Numbers"),
    "amount_min": gettext_lazy("Amount, from"),
    "amount_max": gettext_lazy("Amount, to"),
    "currency": gettext_lazy("Currency"),
    "deadline": gettext_lazy("Answers until"),
    "wanted_role": gettext_lazy("Whom you look for"),
}
UNSHOWN = ("kind", "texts", "provenance", "dated")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: `name` as in the record, `label` for people, `parts` in reading order."""

    name: str
    label: str
    parts: tuple[Part, ...]


def differences(listing: Listing) -> tuple[Difference, ...]:
    """Between the last two times it was handed in; none when it was handed in once only."""
    handed_in = Activity.objects.filter(
        subject_type="listings.listing", subject_id=listing.pk, verb="listing.submitted"
    ).order_by("-at", "-pk")[:2]
    versions = [activity.data.get("version") for activity in handed_in]
    kept = {revision.version: revision.record for revision in listing.revisions.filter(version__in=versions)}
    if len(kept) < 2:
        return ()
    return between(kept[versions[1]], kept[versions[0]])


def between_records(old: ListingRecord, new: ListingRecord) -> tuple[Difference, ...]:
    return between(to_json(old), to_json(new))


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Between two contents as revisions keep them (`records.to_json`), in the order in which they are asked."""
    before, after = _flat(old), _flat(new)
    names = dict.fromkeys([*after, *before])
    return tuple(
        Difference(name, label(name), compared(before.get(name, ""), after.get(name, "")))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def label(name: str) -> str:
    """A field's name for people: "Title", or "Title (français)" for a version that is not the original."""
    language, dot, plain = name.rpartition(".")
    known = str(LABELS.get(plain, plain))
    return f"{known} ({words.language_name(language)})" if dot else known


def _flat(record: Mapping[str, Any]) -> dict[str, str]:
    """A record's fields as texts: the original's under their own names, those of other versions as "fr.title"."""
    flat: dict[str, str] = {}
    for n, text in enumerate(record.get("texts", [])):
        at = f"{text['language']}." if n else ""
        asked = {name: value for name, value in text.items() if name in LABELS and not (n and name == "language")}
        flat |= {f"{at}{name}": _shown(name, value) for name, value in asked.items() if (n or name != "origin")}
    plain = {name: value for name, value in record.items() if name not in UNSHOWN}
    return flat | {name: _shown(name, value) for name, value in plain.items()}


def _shown(name: str, value: Any) -> str:
    if name in _WORDS:
        return _WORDS[name](value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def _places(codes: Iterable[str]) -> str:
    return ", ".join(words.place_names(codes))


def _readiness(level: int) -> str:
    return f"TRL {level}, {words.stage(level)}"


def _patent(patent: Mapping[str, Any]) -> str:
    number = " ".join(str(patent[name]) for name in ("office", "number", "kind_code") if name in patent)
    dates = [str(patent[name]) for name in ("filed", "expires") if name in patent]
    return ", ".join([number, _choice(Patent.Status, patent.get("status", "applied")), *dates])


def _claim(claim: Mapping[str, Any]) -> str:
    reached = f"{claim['metric']}: {claim['value']} {claim.get('unit', '')}".strip()
    before = [_("before %s") % claim["baseline"]] if "baseline" in claim else []
    return "; ".join([reached, *before, *(claim[name] for name in ("conditions", "source") if name in claim)])


def _choice(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "language": words.language_name,
    "origin": lambda value: _("a machine") if value == "machine" else _("a person"),
    "organisation": lambda value: str(value.get("name", "")),
    "fields": lambda codes: ", ".join(words.field_label(code) for code in codes),
    "goals": lambda numbers: ", ".join(f"{number} {words.goal_title(number)}" for number in numbers),
    "places": _places,
    "developed_in": _places,
    "deployed_in": _places,
    "deals": lambda deals: ", ".join(words.deal_word(deal) for deal in deals),
    "readiness": _readiness,
    "readiness_min": _readiness,
    "ip_status": lambda value: _choice(IpStatus, value),
    "wanted_role": lambda value: _choice(Role, value),
    "patents": lambda patents: "\n".join(_patent(patent) for patent in patents),
    "claims": lambda claims: "\n".join(_claim(claim) for claim in claims),
}


LONG = 20_000  # letters

# Scripts that put no space between words are compared letter by letter, else a whole sentence would be "changed".
_UNSPACED = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"\s*(?:[{_UNSPACED},;]|[^\s,;{_UNSPACED}]+)|\s+")


def compared(old: str, new: str) -> tuple[Part, ...]:
    """Old against new by words, each with the space before it; long texts by lines, as time grows with the square."""
    by_lines = max(len(old), len(new)) > LONG
    before, after = (text.splitlines(keepends=True) if by_lines else _WORD.findall(text) for text in (old, new))
    parts: list[Part] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            parts.append(("removed", "".join(before[i1:i2])))
        if j2 > j1:
            parts.append(("added", "".join(after[j1:j2])))
    return tuple(parts)
