"""Every address of the site, app by app."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("verdure.insight.urls")),
    path("", include("verdure.core.urls")),
    path("", include("verdure.discovery.urls")),
    path("", include("verdure.listings.urls")),
    path("", include("verdure.accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path(settings.ADMIN_PATH, admin.site.urls),
]
