"""The institution's own sign-in service: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636).

Nothing is remembered between requests: what the service publishes is fetched at each sign-in, and what one sign-in
has to remember is in a cookie that only this service can read and make.
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from casebook.domain.errors import NotAuthenticated, Unavailable
from casebook.domain.sign_on import Identity
from casebook.domain.texts import Text
from casebook.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT: Final = httpx.Timeout(5.0, connect=3.0)
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures with a public key only: a token signed with a shared secret or not at all is none."""
LEEWAY_S: Final = 60
"""Clocks of two institutions differ by less."""
PENDING_FOR_S: Final = 600
"""So long may somebody take to sign in elsewhere."""
_PROTECTION: Final = {"alg": "dir", "enc": "A256GCM"}

DOWN: Final = Text(
    "The service that you sign in with does not answer. Try again in a moment; whoever runs Casebook can see why in "
    "its log.",
    "認証サービスが応答しません。しばらくしてからもう一度お試しください。原因はCasebookのログに記録されています。",
)
NOT_BEGUN_HERE: Final = Text(
    "This sign-in was not begun in this browser, is used up, or took longer than ten minutes. Begin again.",
    "このブラウザーで開始されたサインインではないか、すでに使用済み、または10分を超えています。もう一度やり直してください。",
)
NOT_VOUCHED: Final = Text(
    "The service did not say who you are in a way that can be believed. Begin again; if it goes on, tell whoever "
    "runs Casebook.",
    "認証サービスの回答を確認できませんでした。もう一度やり直してください。続く場合は管理者にご連絡ください。",
)


@dataclass(frozen=True, slots=True)
class Pending:
    """What one sign-in remembers until the person comes back."""

    state: str
    nonce: str
    verifier: str
    onward: str
    ends_at_s: float

    @classmethod
    def begun(cls, onward: str) -> Self:
        """Begin a sign-in that goes on to a page of this site."""
        return cls(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            onward=onward,
            ends_at_s=time.time() + PENDING_FOR_S,
        )


@dataclass(frozen=True, slots=True)
class Provider:
    """The service as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the service of an installation that has one."""
        assert settings.oidc_issuer is not None
        assert settings.oidc_client_id is not None
        assert settings.oidc_client_secret is not None
        return cls(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret.get_secret_value())

    def address(self, pending: Pending, *, redirect_uri: str) -> str:
        """Return where the browser goes to sign in. Raises Unavailable."""
        with httpx.Client(timeout=TIMEOUT) as http:
            endpoint = self._metadata(http)["authorization_endpoint"]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "scope": "openid email",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def identity(self, pending: Pending, *, code: str, redirect_uri: str) -> Identity:
        """Trade the code for an ID token and believe it only as far as it proves. Raises NotAuthenticated, Unavailable.

        OpenID Connect Core 3.1.3.7: signature, issuer, audience, authorized party, expiry, nonce.
        """
        with httpx.Client(timeout=TIMEOUT) as http:
            metadata = self._metadata(http)
            token = self._id_token(http, metadata, pending, code, redirect_uri)
            keys = _fetched(http, metadata["jwks_uri"])
        claims = self._verified(token, keys, pending.nonce)
        email = claims.get("email")
        return Identity(
            issuer=self.issuer,
            sub=str(claims["sub"]),
            email=email if isinstance(email, str) else None,
            is_email_verified=claims.get("email_verified") is True,
        )

    def _metadata(self, http: httpx.Client) -> Mapping[str, Any]:
        found = _fetched(http, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != self.issuer or not all(isinstance(found.get(name), str) for name in needed):
            raise _down("its metadata are not those of the issuer in the settings")
        return found

    def _id_token(
        self, http: httpx.Client, metadata: Mapping[str, Any], pending: Pending, code: str, redirect_uri: str
    ) -> str:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": pending.verifier,
        }
        is_posted = "client_secret_basic" not in metadata.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        if is_posted:
            sent |= {"client_id": self.client_id, "client_secret": self.client_secret}
        basic = httpx.BasicAuth(quote(self.client_id, ""), quote(self.client_secret, ""))
        try:
            answer = http.post(metadata["token_endpoint"], data=sent, auth=httpx.Auth() if is_posted else basic)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _down(error) from error
        if answer.is_server_error:
            raise _down(answer.status_code)
        token = _json(answer).get("id_token") if answer.is_success else None
        if not isinstance(token, str):
            raise NotAuthenticated(NOT_VOUCHED)
        return token

    def _verified(self, id_token: str, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]  # the library checks what was fetched
            registry.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("an ID token cannot be believed: %s", type(error).__name__)
            raise NotAuthenticated(NOT_VOUCHED) from error
        audience = claims["aud"]
        is_shared = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", None if is_shared else self.client_id) != self.client_id:
            raise NotAuthenticated(NOT_VOUCHED)
        return claims

    def sealed(self, pending: Pending) -> str:
        """Return the cookie of a sign-in under way."""
        return jwe.encrypt_compact(_PROTECTION, json.dumps(asdict(pending)), self._cookie_key())

    def unsealed(self, cookie: str | None, *, state: str | None) -> Pending:
        """Return the sign-in that a person comes back from. Raises NotAuthenticated for any other."""
        try:
            found = jwe.decrypt_compact(cookie or "", self._cookie_key(), algorithms=list(_PROTECTION.values()))
            pending = Pending(**json.loads(found.plaintext or b""))
        except (JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated(NOT_BEGUN_HERE) from error
        if not hmac.compare_digest((state or "").encode(), pending.state.encode()) or pending.ends_at_s < time.time():
            raise NotAuthenticated(NOT_BEGUN_HERE)
        return pending

    def _cookie_key(self) -> OctKey:
        return OctKey.import_key(hmac.digest(self.client_secret.encode(), b"casebook sign-on cookie", "sha256"))


def _fetched(http: httpx.Client, address: str) -> Mapping[str, Any]:
    try:
        return _json(http.get(address).raise_for_status())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _down(error) from error


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise _down(error) from error
    if not isinstance(found, dict):
        raise _down("no JSON object")
    return found


def _down(why: object) -> Unavailable:
    log.error("the OpenID Connect service does not serve: %s", why)
    return Unavailable(DOWN)
