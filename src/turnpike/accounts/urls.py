"""Sign-in and sign-out."""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import path

from turnpike.accounts import views
from turnpike.web.services import Permission, public, requires

# Only these of allauth's pages exist: there is no sign-up, no e-mail change and no reset by e-mail.
urlpatterns = [
    path("sign-in/", public("everyone must be able to sign in")(allauth_views.login), name="account_login"),
    path("sign-out/", requires(Permission.SIGNED_IN)(allauth_views.logout), name="account_logout"),
    path("sign-in/once/<str:token>/", views.sign_in_once, name="sign_in_once"),
    path("sign-in/sessions/", views.sessions, name="sessions"),
    path("sign-in/sessions/<int:number>/end/", views.end_session, name="end_session"),
    path("sign-in/password/", views.choose_password, name="choose_password"),
]
