"""POST /users/v1/platform-user: `app` for an ASGI server, `handler` for AWS Lambda."""

import json
import sys
import time
import uuid
from enum import StrEnum
from typing import Annotated

from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from mangum import Mangum
from pydantic import BaseModel, Field

import store
from auth import Caller, authenticate
from errors import Refusal, unavailable

Platform = StrEnum(
    "Platform",
    {
        name: name
        for name in (
            "Anon Basic XboxLive PSN NintendoNAID NintendoSwitch NintendoPPID Google GooglePlay Apple Epic Steam Amazon "
            "Twitch RallyHere LegacyName AndroidDevice iosDevice Discord"
        ).split()
    },
)


class CreateRequest(BaseModel):
    platform: Platform
    platform_user_id: Annotated[str, Field(min_length=1, max_length=2048)]
    display_name: Annotated[str | None, Field(max_length=256)] = None


class PlatformUser(BaseModel):
    platform: Platform
    platform_user_id: str
    display_name: str | None = None
    player_id: int
    player_uuid: str
    person_id: str


class RequestLog:
    """Logs one JSON line for each request, without personal data."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.monotonic()
        request_id = request_id_of(scope)
        line = {"action": "create-platform-user", "request_id": request_id, "status": 500}
        scope.setdefault("state", {})["line"] = line

        async def noting(message) -> None:
            if message["type"] == "http.response.start":
                line["status"] = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            line["duration_ms"] = int((time.monotonic() - started) * 1000)
            sys.stdout.write(json.dumps({"level": "INFO", **line, "message": "request"}) + "\n")
            sys.stdout.flush()


def request_id_of(scope) -> str:
    event = scope.get("aws.event")
    return event["requestContext"]["requestId"] if event else str(uuid.uuid4())


app = FastAPI(openapi_url=None)
app.add_middleware(RequestLog)


# This is a coroutine, so that a check of microseconds does not run on another thread.
async def caller(request: Request, authorization: Annotated[str | None, Header()] = None) -> Caller:
    caller = authenticate(authorization)
    request.state.line["actor"] = caller.actor
    caller.require("user:platform:create", "user:platform:create, user:*")
    return caller


# This is not a coroutine, since boto3 blocks and must run on a thread.
@app.post("/users/v1/platform-user", status_code=201, response_model_exclude_none=True, dependencies=[Depends(caller)])
def create_platform_user(body: CreateRequest, request: Request) -> PlatformUser:
    created = store.create_user(body.platform.value, body.platform_user_id, body.display_name)
    request.state.line.update(subject=created["player_uuid"], person=created["person_id"])
    return PlatformUser(**body.model_dump(), **created)


@app.exception_handler(Refusal)
async def refused(request: Request, refusal: Refusal) -> JSONResponse:
    request.state.line["code"] = refusal.code
    return JSONResponse(refusal.body(), refusal.status)


@app.exception_handler(ClientError)
@app.exception_handler(BotoCoreError)
async def failed(request: Request, error: Exception) -> JSONResponse:
    request.state.line["error"] = type(error).__name__
    return await refused(request, unavailable(request.state.line["request_id"]))


handler = Mangum(app, lifespan="off")
