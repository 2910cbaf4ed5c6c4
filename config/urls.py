"""The desk's addresses."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from config.pages import healthz
from config.sign_in import SignIn

urlpatterns = [
    path("", include("orders.urls")),
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
