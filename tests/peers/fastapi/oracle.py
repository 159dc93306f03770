"""The oracle: six request models of docs/contract/rallyhere.md, in fastapi 0.110.3 with pydantic 1.10.

Nothing here knows what Roster answers. FastAPI is called as a server calls it (ASGI), without a network.
"""

import asyncio
import json
from collections.abc import MutableMapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import fastapi
import pydantic
from fastapi import Body, FastAPI, Form, Response
from pydantic import BaseModel, Field
from pydantic.datetime_parse import get_numeric, parse_datetime
from pydantic.errors import DateTimeError

from wire import Answer, Request

if fastapi.__version__ != "0.110.3" or not pydantic.VERSION.startswith("1.10."):
    raise ImportError(f"fastapi {fastapi.__version__} with pydantic {pydantic.VERSION} is another oracle")

# All names that docs/contract/rallyhere.md, "Platforms", lists.
PLATFORMS = (
    "Anon Basic XboxLive PSN NintendoNAID NintendoSwitch NintendoPPID Google GooglePlay Apple Epic Steam "
    "Amazon Twitch RallyHere LegacyName AndroidDevice iosDevice Discord"
).split()
Platform = Enum("Platform", {name: name for name in PLATFORMS}, type=str)  # type: ignore[misc]
# The names of docs/contract/rallyhere.md, "Login", and Roster's two.
GRANTS = (
    "anon google apple refresh epic xboxlive ps4_v1 ps4_v3 ps5_v3 nintendo_switch steam basic rallyhere "
    "client_credentials android_device ios_device discord twitch"
).split()
Grant = Enum("Grant", {name: name for name in GRANTS}, type=str)  # type: ignore[misc]
OAuthGrant = Enum("OAuthGrant", {"client_credentials": "client_credentials"}, type=str)


class AwareDatetime(datetime):
    """Enforces that a timezone is given. Unix timestamps are allowed and forced into UTC (docs/contract/rallyhere.md)."""

    @classmethod
    def __get_validators__(cls) -> Any:
        yield cls.aware

    @staticmethod
    def aware(value: Any) -> datetime:
        parsed = parse_datetime(value)
        if parsed.tzinfo is None and get_numeric(value, "datetime") is None:
            raise DateTimeError()
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class CreatePlatformUser(BaseModel):
    platform: Platform
    platform_user_id: str = Field(min_length=1, max_length=2048)
    display_name: str | None = Field(default=None, max_length=256)


class DisableCrossProgression(BaseModel):
    person_id: UUID | None = None
    platform: Platform | None = None
    platform_user_id: str | None = Field(default=None, max_length=2048)


class QueuePersonPurge(BaseModel):
    suggested_purge_time: AwareDatetime | None = None


class LoginRequest(BaseModel):
    grant_type: Grant
    portal_access_token: str = ""
    portal_display_name: str = ""
    portal_parent_access_token: str = ""
    portal_parent_display_name: str = ""
    include_refresh: bool = False
    accept_eula: bool = False
    accept_tos: bool = False
    accept_privacy_policy: bool = False


class LogoutRequest(BaseModel):
    refresh_token: str = Field(min_length=1)


class TokenRequest(BaseModel):
    grant_type: OAuthGrant


app = FastAPI()
# FastAPI reads either JSON or a form at one path, so forms have an application of their own.
forms = FastAPI()


@app.post("/users/v1/platform-user")
async def create_platform_user(body: CreatePlatformUser) -> Response:
    return accepted(body)


@app.post("/users/v1/cross-progression/disable")
async def disable_cross_progression(body: DisableCrossProgression | None = Body(None)) -> Response:
    return accepted(body or DisableCrossProgression())


@app.post("/users/v1/person/{person_id}/purge")
async def queue_person_purge(person_id: UUID, body: QueuePersonPurge) -> Response:
    return accepted(body, person_id=person_id)


@app.post("/users/v1/login")
async def log_in(body: LoginRequest) -> Response:
    return accepted(body)


@app.post("/users/v1/logout")
async def log_out(body: LogoutRequest) -> Response:
    return accepted(body)


@app.post("/users/v2/oauth/token")
async def issue_client_token(body: TokenRequest) -> Response:
    return accepted(body)


@forms.post("/users/v2/oauth/token")
async def issue_client_token_by_form(grant_type: OAuthGrant = Form()) -> Response:
    return accepted(TokenRequest(grant_type=grant_type))


def accepted(model: BaseModel, **more: Any) -> Response:
    """200 with what the models made of the request; escaped, because Python lets halves of surrogate pairs through."""
    return Response(json.dumps({**model.dict(), **more}, default=str))


class Oracle:
    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def answer(self, request: Request) -> Answer:
        return self._loop.run_until_complete(_call(request))


async def _call(request: Request) -> Answer:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = []
    if request.content_type is not None:
        # A server removes the white space around a header's value.
        headers = [(b"content-type", request.content_type.strip(" \t").encode("latin-1"))]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": unquote(request.path),
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
    }
    await (forms if request.is_form else app)(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return Answer(sent[0]["status"], body.decode())
