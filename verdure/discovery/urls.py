from django.urls import path

from . import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("listings/<int:pk>/", views.listing, name="listing"),
]
