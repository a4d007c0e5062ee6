from django.urls import path

from .views import files, imports, moderation, organisations, steering, writing

urlpatterns = [
    path("organisations/<int:pk>/", organisations.organisation, name="organisation"),
    path("organisations/<int:pk>/logo/", organisations.logo, name="organisation_logo"),
    path("listings/new/", writing.choose_kind, name="listing_new"),
    path("listings/new/<str:kind>/", writing.begin, name="listing_begin"),
    path("listings/<int:pk>/edit/", steering.overview, name="listing_edit"),
    path("listings/<int:pk>/edit/<slug:slug>/", writing.step, name="listing_step"),
    path("listings/<int:pk>/edit/<slug:slug>/autosave/", writing.autosave, name="listing_autosave"),
    path("listings/<int:pk>/files/", files.attach, name="listing_attach"),
    path("listings/<int:pk>/files/<int:attachment>/remove/", files.detach, name="listing_detach"),
    path("listings/<int:pk>/files/<int:attachment>/", files.download, name="listing_file"),
    path("listings/<int:pk>/versions/", steering.versions, name="listing_versions"),
    path("listings/<int:pk>/versions/<int:version>/restore/", steering.restore, name="listing_restore"),
    path("listings/<int:pk>/<slug:verb>/", steering.steer, name="listing_steer"),
    path("moderation/", moderation.queue, name="moderation"),
    path("moderation/<int:pk>/", moderation.review, name="moderation_review"),
    path("moderation/<int:pk>/<slug:verb>/", moderation.decide, name="moderation_decide"),
    path("import/", imports.upload, name="import"),
    path("import/template.<slug:ending>", imports.template, name="import_template"),
    path("import/<int:pk>/", imports.run, name="import_run"),
    path("import/<int:pk>/rejects/", imports.rejects, name="import_rejects"),
    path("import/<int:pk>/<slug:verb>/", imports.steer, name="import_steer"),
]
