"""How much one request may send in files, wherever it is sent to."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest


class Quota(FileUploadHandler):
    """Ends an upload at the limit: what is past it is read to its end, so that the answer is seen, and kept nowhere.

    Skips the file instead of stopping the upload: after a stop Django reads the rest line by line, and bytes without
    a line end would fill the memory. Leads the handlers in the settings.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.left: int = settings.UPLOAD_LIMIT  # bytes, of all files together

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.left -= len(raw_data)
        if self.left < 0:
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def is_too_large(request: HttpRequest) -> bool:
    """Whether files of this request were left out because they went past the limit. Ask after reading the form."""
    return any(isinstance(handler, Quota) and handler.left < 0 for handler in request.upload_handlers)
