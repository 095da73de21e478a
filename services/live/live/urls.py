from django.urls import path

from live import views

urlpatterns = [
    path("channels", views.Channels.as_view()),
    path("channels/<id>", views.OneChannel.as_view()),
    path("channels/<id>/close", views.Close.as_view()),
    path("channels/<id>/recordings", views.Recordings.as_view()),
    path("version", views.Version.as_view()),
    path("healthz", views.Healthy.as_view()),
    path("readyz", views.Ready.as_view()),
    path("metrics", views.Metrics.as_view()),
]

handler400 = views.bad_request
handler404 = views.no_page
handler500 = views.failed
