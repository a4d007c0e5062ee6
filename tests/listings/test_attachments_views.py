"""Pictures and documents of a listing: what is taken, who sees it, how it is served."""

from __future__ import annotations

import contextlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.make import make_draft, make_moderator, make_published, make_submitted, make_user
from verdure.accounts.actions import add_member
from verdure.accounts.models import Membership
from verdure.listings import actions
from verdure.listings.forms import files
from verdure.listings.models import Attachment, Listing

from .written import signed_in, step

pytestmark = pytest.mark.django_db


def picture(name: str = "still.png", kind: str = "PNG") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (6, 4), "#17623f").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


def attach(listing: Listing) -> str:
    return reverse("listing_attach", args=[listing.pk])


def address(attachment: Attachment) -> str:
    return reverse("listing_file", args=[attachment.listing_id, attachment.pk])


def with_file(listing: Listing, file: SimpleUploadedFile | None = None) -> Attachment:
    assert listing.organisation is not None
    use = Attachment.Use.PICTURE if file is None else Attachment.Use.DOCUMENT
    by = listing.organisation.memberships.get().user
    return actions.attach(listing, file or picture(), use=use, by=by)


def status(client: Client, kept: Attachment, *, under: Listing | None = None) -> int:
    found = reverse("listing_file", args=[under.pk, kept.pk]) if under else address(kept)
    with contextlib.closing(client.get(found)) as answer:
        return int(answer.status_code)


def test_picture_is_kept_and_shown(client: Client) -> None:
    listing = make_draft()
    person = signed_in(client, listing)
    answer = client.post(attach(listing), {"file": picture(), "caption": "The basin"})
    assert (answer.status_code, answer["Location"]) == (302, step(listing, "links"))
    kept = Attachment.objects.get()
    assert (kept.use, kept.name, kept.caption, kept.size, kept.added_by) == (
        "picture", "still.png", "The basin", picture().size, person,
    )  # fmt: skip
    page = client.get(step(listing, "links")).content.decode()
    assert address(kept) in page
    shown = client.get(address(kept))
    assert (shown.status_code, shown["Content-Type"], shown["X-Content-Type-Options"]) == (200, "image/png", "nosniff")
    assert shown["Content-Disposition"] == 'inline; filename="still.png"'
    assert shown.getvalue() == picture().read()


def test_document_is_saved_never_shown(client: Client) -> None:
    listing = make_published()
    kept = with_file(listing, SimpleUploadedFile("report.pdf", b"%PDF-1.7 <script>"))
    with contextlib.closing(client.get(address(kept))) as answer:
        assert answer["Content-Disposition"] == 'attachment; filename="report.pdf"'


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("still.png", b"no picture"),
        SimpleUploadedFile("page.html", b"<script>alert(1)</script>"),
        SimpleUploadedFile("drawing.svg", b"<svg/>"),
        SimpleUploadedFile("still", b"?"),
        SimpleUploadedFile("empty.pdf", b""),
        picture("still.png", kind="GIF"),
    ],
    ids=lambda file: file.name,
)
def test_bad_file_is_refused_in_words_and_the_caption_is_kept(client: Client, file: SimpleUploadedFile) -> None:
    listing = make_draft()
    signed_in(client, listing)
    file.seek(0)
    answer = client.post(attach(listing), {"file": file, "caption": "The basin"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"file"})
    assert 'value="The basin"' in answer.content.decode()
    assert Attachment.objects.count() == 0


def test_file_beyond_the_limit_is_refused_with_both_sizes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILE_LIMIT", 10)
    listing = make_draft()
    signed_in(client, listing)
    answer = client.post(attach(listing), {"file": SimpleUploadedFile("a.pdf", b"0" * 11)})
    assert answer.context["form"].errors["file"] == [
        "The file has 11\xa0bytes; the limit is 10\xa0bytes. Make it smaller, or link to it."
    ]


def test_file_past_the_limit_of_all_uploads_is_kept_nowhere(client: Client, settings: Settings) -> None:
    settings.UPLOAD_LIMIT = 100_000
    listing = make_draft()
    signed_in(client, listing)
    answer = client.post(attach(listing), {"file": SimpleUploadedFile("a.pdf", b"0" * 300_000), "caption": "The basin"})
    assert answer.context["form"].errors["file"] == ["Choose a file of up to 20 MB."]
    assert (Attachment.objects.count(), list(settings.FILE_UPLOAD_TEMP_DIR.iterdir())) == (0, [])


def test_file_is_removed_with_its_row(
    client: Client, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    listing = make_draft()
    signed_in(client, listing)
    kept = with_file(listing)
    storage, name = kept.file.storage, str(kept.file.name)
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("listing_detach", args=[listing.pk, kept.pk]))
    assert (answer.status_code, answer["Location"]) == (302, step(listing, "links"))
    assert (Attachment.objects.count(), storage.exists(name)) == (0, False)


def test_files_are_seen_by_whoever_may_see_the_listing(client: Client) -> None:
    draft, public = make_draft(), make_published()
    files_of = [with_file(draft), with_file(public)]
    viewer = make_user()
    assert draft.organisation is not None
    add_member(draft.organisation, viewer, role=Membership.Role.VIEWER, by=None)
    assert [status(client, kept) for kept in files_of] == [404, 200]
    seen = {}
    for name, person in {"stranger": make_user(), "viewer": viewer, "moderator": make_moderator()}.items():
        client.force_login(person)
        seen[name] = [status(client, kept) for kept in files_of]
    assert seen == {"stranger": [404, 200], "viewer": [200, 200], "moderator": [200, 200]}


def test_file_of_one_listing_is_not_served_under_another(client: Client) -> None:
    secret, public = with_file(make_draft()), make_published()
    assert status(client, secret, under=public) == 404


def test_only_editors_add_and_remove(client: Client) -> None:
    listing = make_draft()
    kept, viewer = with_file(listing), make_user()
    assert listing.organisation is not None
    add_member(listing.organisation, viewer, role=Membership.Role.VIEWER, by=None)
    detach = reverse("listing_detach", args=[listing.pk, kept.pk])
    for person, expected in ((make_user(), 404), (viewer, 403)):
        client.force_login(person)
        assert [client.post(attach(listing), {"file": picture()}).status_code, client.post(detach).status_code] == [
            expected,
            expected,
        ]
    assert list(Attachment.objects.all()) == [kept]


def test_files_of_what_is_handed_in_stay_as_they_are(client: Client) -> None:
    listing = make_submitted()
    signed_in(client, listing)
    assert client.post(attach(listing), {"file": picture()}).status_code == 403
    assert Attachment.objects.count() == 0
