"""Verifies bearer tokens, with keys that are parsed once."""

import hashlib
from dataclasses import dataclass

import jwt

import settings
from errors import AuthRefusal, Refusal

ALGORITHMS = {"RS256", "ES256", "EdDSA"}
MAX_TOKEN_BYTES = 8 * 1024
LEEWAY_SECONDS = 5
REQUIRED = ["exp", "iss", "sub", "aud"]

KEYS = {key.key_id: key for key in jwt.PyJWKSet.from_json(settings.AUTH_JWKS).keys if key.algorithm_name in ALGORITHMS}


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller: its name for the log, and its permissions."""

    actor: str
    permissions: list[str]

    def require(self, needed: str, documented: str) -> None:
        if not any(covers(held, needed) for held in self.permissions):
            raise Refusal(403, "insufficient_permissions", f"Insufficient Permissions - Expected any of: {documented}")


def authenticate(authorization: str | None) -> Caller:
    claims = verify(bearer_token(authorization))
    if claims.get("ver", 1) != 1:
        raise AuthRefusal("auth_invalid_version", "Invalid Authorization - version")
    if claims.get("token_type", "access") != "access":
        raise AuthRefusal("auth_token_invalid_type", "Invalid Authorization - Invalid Token Type")
    permissions = claims.get("permissions", [])
    if not isinstance(permissions, list) or not all(isinstance(held, str) for held in permissions):
        raise invalid_claim("permissions")
    actor = hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()[:16]
    return Caller(actor, permissions)


def bearer_token(authorization: str | None) -> str:
    if authorization is None:
        raise AuthRefusal("auth_token_format", "Invalid Authorization - missing")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or " " in token or "," in token:
        raise AuthRefusal("auth_token_format", "Invalid Authorization - expected Bearer and one token")
    if len(token) > MAX_TOKEN_BYTES:
        raise AuthRefusal("auth_token_unknown", "Failed to parse token")
    if token.count(".") != 2:
        raise AuthRefusal("auth_not_jwt", "Invalid Authorization")
    return token


def verify(token: str) -> dict:
    try:
        key = KEYS.get(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise AuthRefusal("auth_invalid_key_id", "Invalid Authorization - Invalid Key ID in Access Token")
        return jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=settings.AUTH_ISSUER,
            audience=settings.AUTH_AUDIENCE,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise AuthRefusal("auth_token_sig_invalid", "Token Signature is invalid") from None
    except jwt.ExpiredSignatureError:
        raise AuthRefusal("auth_token_expired", "Token is expired") from None
    except jwt.InvalidIssuerError:
        raise invalid_claim("iss") from None
    except jwt.InvalidAudienceError:
        raise invalid_claim("aud") from None
    except jwt.ImmatureSignatureError:
        raise invalid_claim("nbf") from None
    except jwt.MissingRequiredClaimError as missing:
        raise (invalid_claim("aud") if missing.claim == "aud" else malformed()) from None
    except jwt.PyJWTError:
        raise malformed() from None


def malformed() -> AuthRefusal:
    return AuthRefusal("auth_malformed_access", "Invalid Authorization - malformed access token")


def invalid_claim(name: str) -> AuthRefusal:
    return AuthRefusal("auth_token_invalid_claim", f"Token contained invalid claim value: {name}")


def covers(held: str, needed: str) -> bool:
    """A `*` covers one segment in the middle, and one or more at the end."""
    have, need = held.split(":"), needed.split(":")
    if have[-1] == "*" and len(need) >= len(have):
        need = need[: len(have)]
    return len(have) == len(need) and all(part in ("*", other) for part, other in zip(have, need))
