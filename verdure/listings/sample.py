"""The sample collection: made-up listings, clearly marked, with three people to sign in as; all of it can be taken out.

What was taken out stays out: a file in the data folder remembers it.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from verdure.accounts.actions import add_member
from verdure.accounts.models import Membership, Organisation, User
from verdure.core.progress import Progress, silent

from . import actions, imports
from .models import ImportRun, Kind, Listing
from .records import ListingRecord, OrganisationRecord, from_json

SOURCE = "sample"
FOLDER = Path(__file__).with_name("data") / "sample"
ORGANISATIONS = FOLDER / "organisations.jsonl"
BATCH = 50
OWNED = 3  # organisations of the provider, and of the seeker


class SignIn(NamedTuple):
    role: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Person:
    role: str
    name: str
    kind: str  # of the listings whose organisations are theirs; "" is the moderator

    @property
    def email(self) -> str:
        return f"{self.role}@sample.example"


PEOPLE = (
    Person("provider", "Sample Provider", Kind.TECHNOLOGY),
    Person("seeker", "Sample Seeker", Kind.NEED),
    Person("moderator", "Sample Moderator", ""),
)


@dataclass(frozen=True, slots=True)
class Status:
    listings: int
    organisations: int
    people: int
    removed: bool  # on purpose: not loaded by itself again


def prepare(progress: Progress) -> None:
    """What happens before the site starts: load, unless somebody took it out. Never by itself in production."""
    if not (settings.PRODUCTION or _removed_mark().exists()):
        load(progress=progress)


def load(*, progress: Progress = silent) -> actions.Loaded:
    """Loads what is missing and what changed; organisations and people as well."""
    _removed_mark().unlink(missing_ok=True)
    records = list(collection())
    added = changed = unchanged = 0
    for start in range(0, len(records), BATCH):
        done = actions.load(records[start : start + BATCH], by=None)
        assert not done.refused, done.refused
        added, changed, unchanged = added + done.added, changed + done.changed, unchanged + done.unchanged
        progress(min(start + BATCH, len(records)), len(records))
    _ensure_people(records)
    return actions.Loaded(added, changed, unchanged, ())


def collection() -> Iterator[ListingRecord]:
    """The sample's records, each with all that is known of its organisation."""
    organisations = {item.name: item for item in (OrganisationRecord(**line) for line in _lines(ORGANISATIONS))}
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in _lines(path) if path != ORGANISATIONS else ():
            record = from_json(line)
            assert record.organisation is not None
            yield dataclasses.replace(record, organisation=organisations[record.organisation.name])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        yield from (json.loads(line) for line in stream)


@transaction.atomic
def _ensure_people(records: Sequence[ListingRecord]) -> None:
    known = {sign_in.email: sign_in for sign_in in sign_ins()}
    taken: set[str] = set()
    found = []
    for person in PEOPLE:
        sign_in = known.get(person.email) or SignIn(person.role, person.email, secrets.token_urlsafe(9))
        found.append(sign_in)
        user = _ensure_user(person, sign_in, password_is_new=person.email not in known)
        names = _owned_by(person, records, taken)
        taken |= set(names)
        for organisation in Organisation.objects.filter(source=SOURCE, name__in=names).exclude(members=user):
            add_member(organisation, user, role=Membership.Role.OWNER, by=None)
    _keep_sign_ins(found)


def _ensure_user(person: Person, sign_in: SignIn, *, password_is_new: bool) -> User:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(
            person.email, sign_in.password, name=person.name, is_staff=not person.kind, is_sample=True
        )
    elif password_is_new:  # the file with the passwords was lost
        user.set_password(sign_in.password)
        user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


def _owned_by(person: Person, records: Sequence[ListingRecord], taken: set[str]) -> list[str]:
    """The organisations with most listings of the person's kind, in a fixed order."""
    names = (r.organisation.name for r in records if r.organisation and r.kind == person.kind)
    counts = Counter(name for name in names if name not in taken)
    return sorted(counts, key=lambda name: (-counts[name], name))[:OWNED]


def sign_ins() -> list[SignIn]:
    """Role, e-mail address and password of the sample people; none once the sample is taken out."""
    path = _sign_ins_file()
    if not path.exists():
        return []
    return [SignIn(*line.split()) for line in path.read_text().splitlines() if line.strip()]


def _keep_sign_ins(found: Sequence[SignIn]) -> None:
    draft = _sign_ins_file().with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text("".join(f"{' '.join(sign_in)}\n" for sign_in in found))
    draft.replace(_sign_ins_file())


def _sign_ins_file() -> Path:
    return Path(settings.HOME) / "sample-signins.txt"


def _removed_mark() -> Path:
    return Path(settings.HOME) / "sample-removed"


def status() -> Status:
    return Status(
        listings=Listing.objects.filter(source=SOURCE).count(),
        organisations=Organisation.objects.filter(source=SOURCE).count(),
        people=User.objects.filter(is_sample=True).count(),
        removed=_removed_mark().exists(),
    )


def remove() -> int:
    """Takes the sample out, with what its people wrote and founded in the meantime. Returns how many listings went.

    An organisation of which a real person is a member stays, with what that person lists in its name.
    """
    _removed_mark().write_text(
        f"{timezone.now().isoformat()}\n"
    )  # first: a start that comes between must not load again
    with transaction.atomic():
        organisations = _only_of_sample()
        pks = list(organisations.values_list("pk", flat=True))
        theirs = Q(source=SOURCE) | Q(organisation__in=pks) | Q(organisation=None, created_by__is_sample=True)
        number = actions.remove(Listing.objects.filter(theirs), by=None)
        _remove_organisations(Organisation.objects.filter(pk__in=pks))
        for run in ImportRun.objects.filter(by__is_sample=True):
            transaction.on_commit(partial(imports.drop_upload, run))
            transaction.on_commit(partial(imports.drop_rejects, run))
        User.objects.filter(is_sample=True).delete()
    _sign_ins_file().unlink(missing_ok=True)
    return number


def _only_of_sample() -> QuerySet[Organisation]:
    """Of the sample, or founded by its people, and without a member who is real."""
    members = Membership.objects.filter(organisation=OuterRef("pk"))
    return Organisation.objects.filter(
        Q(source=SOURCE) | Exists(members.filter(user__is_sample=True)), ~Exists(members.filter(user__is_sample=False))
    )


def _remove_organisations(organisations: QuerySet[Organisation]) -> None:
    for logo in [organisation.logo for organisation in organisations.exclude(logo="")]:
        transaction.on_commit(partial(logo.storage.delete, logo.name or ""))
    organisations.delete()
