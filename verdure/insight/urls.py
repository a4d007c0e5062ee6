from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk, name="desk"),
    path("desk/jobs/", views.jobs, name="jobs"),
    path("desk/jobs/<uuid:pk>/<slug:verb>/", views.settle_job, name="settle_job"),
    path("about/<slug:slug>/", views.page, name="page"),
]
