from django.urls import path

from . import views

urlpatterns = [
    path("accounts/me/", views.person, name="person"),
    path("organisations/new/", views.found, name="organisation_new"),
    path("organisations/<int:pk>/edit/", views.change, name="organisation_edit"),
]
