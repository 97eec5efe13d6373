"""A small OpenID Connect service on the loopback, which can be told to misbehave."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "casebook", "a secret: with / signs"


@dataclass
class Provider:
    """Whom it vouches for, and what it gets wrong: claims are laid over those of each ID token."""

    address: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "p-1"})
    claims: dict[str, Any] = field(default_factory=dict)
    issuer: str | None = None
    is_down: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    other_key: RSAKey | None = None
    algorithm: str = "RS256"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    n_traded: int = 0


def application(provider: Provider) -> FastAPI:
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def metadata():
        if provider.is_down:
            return JSONResponse({"error": "maintenance"}, 503)
        return {
            "issuer": provider.issuer or provider.address,
            "authorization_endpoint": f"{provider.address}/authorize",
            "token_endpoint": f"{provider.address}/token",
            "jwks_uri": f"{provider.address}/keys",
        }

    @app.get("/authorize")
    def authorize(request: Request):
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        provider.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    @app.post("/token")
    def token(
        request: Request,
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
    ):
        asked = provider.codes.pop(code, None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        secret = base64.b64encode(f"{CLIENT_ID}:a%20secret%3A%20with%20%2F%20signs".encode()).decode()
        is_client = request.headers.get("authorization") == f"Basic {secret}"
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != redirect_uri
            or not is_client
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        provider.n_traded += 1
        return {"access_token": "x", "token_type": "Bearer", "id_token": _id_token(provider, asked["nonce"])}

    @app.get("/keys")
    def keys():
        return {"keys": [provider.key.as_dict(private=False)]}

    return app


def _id_token(provider: Provider, nonce: str) -> str:
    now = int(time.time())
    claims = {
        "iss": provider.address,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 300,
        "nonce": nonce,
        **provider.person,
        **provider.claims,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    key = provider.other_key or provider.key
    return jwt.encode({"alg": provider.algorithm, "kid": "one"}, claims, key, algorithms=[provider.algorithm])


@contextmanager
def serving() -> Iterator[Provider]:
    """Run the service on a free port."""
    provider = Provider()
    running = uvicorn.Server(uvicorn.Config(application(provider), port=0, log_level="warning"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        thread.join(0.02)
        assert thread.is_alive()
    provider.address = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    yield provider
    running.should_exit = True
    thread.join(10)
    for server in running.servers:
        server.close()
