"""Sign-in by OpenID Connect: allauth's, held to the issuer that is configured.

allauth finds this module by its name. What differs from its own provider: the discovered issuer must be the configured one, the ID token's
signature is always verified, the userinfo must be of the token's subject, and only issuer and subject are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.urls import reverse

from turnpike import config
from turnpike.accounts.identities import Identity
from turnpike.accounts.oidc_sign_in import answer_instead, identified, refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from turnpike.accounts.models import User


class IssuerBoundAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    """The dance of one sign-in."""

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002 - allauth's signature
        """Where the provider leads back to: the public address, whatever a proxy in front makes of it."""
        return config.load().url + reverse(
            "openid_connect_callback", kwargs={"provider_id": self.provider_id}
        )

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description, if it is of the configured issuer.

        Raises:
            ProviderException: it names another issuer.
        """
        described: dict[str, Any] = super().openid_config
        # Source: OpenID Connect Discovery 1.0, section 4.3: the issuer must be identical.
        if described.get("issuer") != config.load().oidc[self.provider_id].issuer:
            raise ProviderException(
                "The provider describes itself as another issuer than the configured one."
            )
        return described

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> Any:
        """Who signed in, by a verified ID token, with the claims of token and userinfo.

        Raises:
            ProviderException: there is no ID token, or the userinfo is of another subject.
        """
        id_token = kwargs["response"].get("id_token")
        if not id_token:
            raise ProviderException("The provider sent no ID token.")
        proven = self._verified(app, id_token)
        info = self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        # Source: OpenID Connect Core 1.0, section 5.3.2: the subjects must be the same.
        if info and info.get("sub") != proven["sub"]:
            raise ProviderException("The provider's userinfo is of another subject.")
        # What the signed token says wins.
        return self.get_provider().sociallogin_from_response(request, {**info, **proven})

    def _verified(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            told: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except KeyError as error:
            raise ProviderException("The provider's ID token or description lacks a part.") from error
        if not isinstance(told.get("sub"), str) or not told["sub"]:
            raise ProviderException("The provider's ID token names no subject.")
        return told


class IssuerBoundProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth ships no types
    """One configured provider."""

    oauth2_adapter_class = IssuerBoundAdapter

    def sociallogin_from_response(self, request: HttpRequest, response: dict[str, Any]) -> Any:
        """allauth's, with the identity beside it."""
        login = super().sociallogin_from_response(request, response)
        login.identity = self._identity(response)
        return login

    def extract_uid(self, data: dict[str, Any]) -> str:
        """By issuer and subject, so that another issuer under the same short name opens nobody's account."""
        return self._identity(data).key

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, str]:
        """Nothing but who it is: what else is claimed is used and not kept."""
        identity = self._identity(data)
        return {"issuer": identity.issuer, "subject": identity.subject}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, str]:  # noqa: ARG002 - the signature is allauth's
        """None: neither a name nor an e-mail address leads to an account."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:  # noqa: ARG002 - the signature is allauth's
        """None, as above."""
        return []

    def _identity(self, data: dict[str, Any]) -> Identity:
        provider_id = self.app.provider_id
        return Identity(provider_id, config.load().oidc[provider_id].issuer, data["sub"], data)


class ConfiguredProviders(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The providers of the configuration, and no others."""

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002 - the signature is allauth's
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[SocialApp]:
        """The configured providers as allauth wants them; what its own tables may hold counts for nothing."""
        return [
            SocialApp(
                provider=OpenIDConnectProvider.id,
                provider_id=name,
                name=one.name,
                client_id=one.client_id,
                secret=one.client_secret(),
                settings={
                    "server_url": one.issuer.rstrip("/"),
                    "oauth_pkce_enabled": True,
                    "scope": list(one.scopes),
                },
            )
            for name, one in config.load().oidc.items()
            if provider in (None, name, OpenIDConnectProvider.id) and client_id in (None, one.client_id)
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The account that the identity opens, before allauth goes on with it."""
        instead: HttpResponse | None = answer_instead(request, sociallogin.identity)
        if instead is not None:
            raise ImmediateHttpResponse(instead)
        user: User = identified(request, sociallogin.identity)
        sociallogin.user = sociallogin.account.user = user

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_: Any) -> None:
        """One page for whatever went wrong on the way."""
        raise ImmediateHttpResponse(refused(request, provider.app.provider_id))


provider_classes = [IssuerBoundProvider]
