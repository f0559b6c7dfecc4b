"""Sign-in and sign-out."""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import path

from turnpike.accounts import factor_views, oidc_views, views
from turnpike.web.services import Permission, public, requires

# Only these of allauth's pages exist: there is no sign-up, no e-mail change and no reset by e-mail. The names are allauth's where it asks for
# them.
urlpatterns = [
    path("sign-in/", public("everyone must be able to sign in")(allauth_views.login), name="account_login"),
    path("sign-in/passkey/", factor_views.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("sign-in/second/", factor_views.second_step, name="mfa_authenticate"),
    path("sign-in/with/<slug:provider_id>/", oidc_views.to_provider, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", oidc_views.from_provider, name="openid_connect_callback"),
    path("sign-out/", requires(Permission.SIGNED_IN)(allauth_views.logout), name="account_logout"),
    path("sign-in/once/<str:token>/", views.sign_in_once, name="sign_in_once"),
    path("sign-in/sessions/", views.sessions, name="sessions"),
    path("sign-in/sessions/<int:number>/end/", views.end_session, name="end_session"),
    path("sign-in/password/", views.choose_password, name="choose_password"),
    path("sign-in/again/", factor_views.prove_by_password, name="account_reauthenticate"),
    path("sign-in/again/code/", factor_views.prove_by_code, name="mfa_reauthenticate"),
    path("sign-in/again/passkey/", factor_views.prove_by_passkey, name="mfa_reauthenticate_webauthn"),
    path(
        "sign-in/again/with/<slug:provider_id>/", oidc_views.prove_with_provider, name="prove_with_provider"
    ),
    path("sign-in/factors/", factor_views.factors, name="mfa_index"),
    path("sign-in/factors/passkeys/new/", factor_views.add_passkey, name="mfa_add_webauthn"),
    path(
        "sign-in/factors/passkeys/<int:pk>/remove/", factor_views.remove_passkey, name="mfa_remove_webauthn"
    ),
    path("sign-in/factors/app/new/", factor_views.add_app, name="mfa_activate_totp"),
    path("sign-in/factors/app/remove/", factor_views.remove_app, name="mfa_deactivate_totp"),
    path("sign-in/factors/codes/", factor_views.recovery_codes, name="mfa_view_recovery_codes"),
    path("sign-in/factors/codes/new/", factor_views.new_recovery_codes, name="mfa_generate_recovery_codes"),
]
