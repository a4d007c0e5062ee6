"""Writing a listing: begin it, change it, add and remove its files."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from verdure.accounts.models import Organisation, User
from verdure.core.activity import record as record_activity

from .. import checks, content
from ..models import Attachment, Listing, Revision, State
from ..records import ListingRecord, from_json, to_json

UNFINISHED = (State.DRAFT, State.CHANGES_REQUESTED)


class EditConflict(Exception):
    """Somebody else saved the listing since this person opened it."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else changed this listing while you were writing. Your text is kept: compare and save again.")
        )


@transaction.atomic
def start(record: ListingRecord, *, organisation: Organisation | None, by: User) -> Listing:
    """A new draft. Raises ContentRefused for what cannot be kept even in a draft."""
    checks.refuse_bad(record)
    if organisation is not None and not by.has_perm("accounts.write_for_organisation", organisation):
        raise PermissionDenied
    listing = Listing.objects.create(
        kind=record.kind, organisation=organisation, created_by=by, contact=by, **content.plain_values(record)
    )
    content.write([(listing, record)])
    record_activity("listing.started", listing, by=by)
    return listing


@transaction.atomic
def change(
    listing: Listing,
    record: ListingRecord,
    *,
    by: User,
    version: int | None = None,
    organisation: Organisation | None = None,
) -> Listing:
    """Save new content. With `version`, the one that the person had opened, refuses to overwrite another's work.

    What is handed in or public is indexed and matched anew, and every such change keeps a revision. What is still being
    written is "listing.written": nothing follows, and `submit` keeps the revision.
    """
    if not by.has_perm("listings.change_listing", listing):
        raise PermissionDenied
    checks.refuse_bad(record)
    if organisation is not None and not by.has_perm("accounts.write_for_organisation", organisation):
        raise PermissionDenied
    owner = {"organisation": organisation} if organisation is not None else {}
    found = Listing.objects.filter(pk=listing.pk, version=version or listing.version)
    if not found.update(version=F("version") + 1, **owner, **content.plain_values(record)):
        raise EditConflict
    content.write([(listing, record)])
    listing = content.with_content(Listing.objects.all()).get(pk=listing.pk)
    if listing.state in UNFINISHED:
        record_activity("listing.written", listing, by=by, version=listing.version)
        return listing
    keep_revision(listing, by=by)
    record_activity("listing.changed", listing, by=by, version=listing.version)
    return listing


@transaction.atomic
def restore(revision: Revision, *, by: User) -> Listing:
    """Put an earlier content back, as a new change: what it replaces stays among the revisions.

    Organisation, files and state stay as they are. Raises ContentRefused for what may no longer be stored.
    """
    listing = change(revision.listing, from_json(revision.record), by=by)
    record_activity("listing.restored", listing, by=by, version=revision.version)
    return listing


def keep_revision(listing: Listing, *, by: User | None) -> None:
    fresh = content.with_content(Listing.objects.all()).get(pk=listing.pk)
    Revision.objects.update_or_create(
        listing=fresh, version=fresh.version, defaults={"record": to_json(content.record_of(fresh)), "by": by}
    )


@transaction.atomic
def attach(
    listing: Listing, file: UploadedFile[Any], *, use: Attachment.Use, caption: str = "", by: User
) -> Attachment:
    """Keep a file with the listing. The form has checked what kind of file it is."""
    if not by.has_perm("listings.change_listing", listing):
        raise PermissionDenied
    attachment = Attachment.objects.create(
        listing=listing,
        use=use,
        file=file,
        name=(file.name or "file")[-255:],
        caption=caption,
        size=file.size or 0,
        added_by=by,
    )
    record_activity("listing.file_added", listing, by=by, attachment=attachment.pk)
    return attachment


@transaction.atomic
def detach(attachment: Attachment, *, by: User) -> None:
    listing = attachment.listing
    if not by.has_perm("listings.change_listing", listing):
        raise PermissionDenied
    storage, name = attachment.file.storage, str(attachment.file.name)
    record_activity("listing.file_removed", listing, by=by, attachment=attachment.pk)
    attachment.delete()
    transaction.on_commit(lambda: storage.delete(name))
