"""What every page's frame needs."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    return {
        "site_name": settings.SITE_NAME,
        "operator": settings.OPERATOR,
        "source_url": settings.SOURCE_URL,
    }
