"""The requests to both sides, and their answers."""

import enum
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

PERSON = "12345678-1234-5678-1234-56781234abcd"


class Endpoint(enum.Enum):
    CREATE = "create-platform-user"
    DISABLE = "disable-cross-progression"
    PURGE = "queue-person-purge"
    LOGIN = "log-in"
    LOGOUT = "log-out"
    TOKEN = "issue-client-token"


# The endpoints that take the credentials of a client in place of a token.
OF_CLIENTS = (Endpoint.LOGIN, Endpoint.TOKEN)
FORM = "application/x-www-form-urlencoded"


class Caller(enum.Enum):
    """The caller: with every permission, with a token without permissions, or without a token.

    The first one is the client of the local bundle where a client is asked for, and the others are none there.
    """

    ADMIN = "admin"
    POWERLESS = "powerless"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Request:
    endpoint: Endpoint
    body: bytes
    content_type: str | None = "application/json"
    person_id: str = PERSON
    caller: Caller = Caller.ADMIN

    @property
    def path(self) -> str:
        """The path as it is on the wire, percent-encoded."""
        match self.endpoint:
            case Endpoint.CREATE:
                return "/users/v1/platform-user"
            case Endpoint.DISABLE:
                return "/users/v1/cross-progression/disable"
            case Endpoint.PURGE:
                return f"/users/v1/person/{quote(self.person_id, safe='')}/purge"
            case Endpoint.LOGIN:
                return "/users/v1/login"
            case Endpoint.LOGOUT:
                return "/users/v1/logout"
            case Endpoint.TOKEN:
                return "/users/v2/oauth/token"

    @property
    def is_form(self) -> bool:
        """Whether the body is read as a form. The only endpoint here that takes one takes JSON too."""
        essence = (self.content_type or "").split(";")[0].strip(" \t").lower()
        return self.endpoint is Endpoint.TOKEN and essence == FORM

    def __str__(self) -> str:
        body = repr(self.body) if len(self.body) <= 400 else f"{self.body[:400]!r}… ({len(self.body)} bytes)"
        return f"POST {self.path} as {self.caller.value}, content type {self.content_type!r}, body {body}"


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text else None

    @property
    def items(self) -> list[dict[str, Any]]:
        """The problems of a 422. Empty for any other answer."""
        return self.json["detail"] if self.status == 422 else []

    def __str__(self) -> str:
        return f"{self.status} {self.text[:600]}"


def refused(*items: dict[str, Any]) -> Answer:
    """A 422 as FastAPI writes it."""
    return Answer(422, json.dumps({"detail": items}, ensure_ascii=False, separators=(",", ":")))


def not_json(index: int, error: str) -> Answer:
    """The 422 for a body that stops being JSON at this character."""
    item = {"type": "json_invalid", "loc": ["body", index], "msg": "JSON decode error", "input": {}}
    return refused(item | {"ctx": {"error": error}})
