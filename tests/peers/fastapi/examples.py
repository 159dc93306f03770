"""The exact answers of both sides, with one or more examples for each class of differences."""

import json
from dataclasses import dataclass

from differences import LONG_ID, NO_CLIENT, NOT_UTF8, SELF, SELF_ITEM, TIME, UNPARSED, error, too_old
from wire import FORM, PERSON, Answer, Caller, Endpoint, Request, not_json, refused

MISSING_PLATFORM = {"loc": ["body", "platform"], "msg": "field required", "type": "value_error.missing"}
MISSING_ID = {"loc": ["body", "platform_user_id"], "msg": "field required", "type": "value_error.missing"}
MISSING_GRANT = {"loc": ["body", "grant_type"], "msg": "field required", "type": "value_error.missing"}
NO_GRANT = {
    "loc": ["body", "grant_type"],
    "msg": "value is not a valid enumeration member; permitted: 'client_credentials'",
    "type": "type_error.enum",
    "ctx": {"enum_values": ["client_credentials"]},
}
LONG_LOGIN = {"grant_type": "anon", "portal_access_token": "é" * 2049}
LOGIN_ACCEPTED = LONG_LOGIN | {
    "portal_display_name": "",
    "portal_parent_access_token": "",
    "portal_parent_display_name": "",
    "include_refresh": False,
    "accept_eula": False,
    "accept_tos": False,
    "accept_privacy_policy": False,
}
NOT_A_UUID = {"loc": ["path", "person_id"], "msg": "value is not a valid uuid", "type": "type_error.uuid"}
NOT_A_TIME = {"loc": TIME, "msg": "invalid datetime format", "type": "value_error.datetime"}
NO_ZONE = {"loc": TIME, "msg": "timezone required", "type": "value_error.datetime"}
NO_PERSON = error(404, "person_not_found", "Person not found")
NO_CLAIMS = error(
    400,
    "invalid_token_claims",
    "Token has missing/invalid claims.  Are you using a non-user token on a user endpoint?",
)
PURGE_ACCEPTED = Answer(200, f'{{"suggested_purge_time": null, "person_id": "{PERSON}"}}')
NO_TARGET = Answer(200, '{"person_id": null, "platform": null, "platform_user_id": null}')


@dataclass(frozen=True)
class Example:
    difference: str
    request: Request
    theirs: Answer
    ours: Answer


def create(body: str | bytes, caller: Caller = Caller.ADMIN) -> Request:
    return Request(Endpoint.CREATE, _bytes(body), caller=caller)


def disable(body: str | bytes, caller: Caller = Caller.ADMIN) -> Request:
    return Request(Endpoint.DISABLE, _bytes(body), caller=caller)


def purge(body: str | bytes, person_id: str = PERSON, caller: Caller = Caller.ADMIN) -> Request:
    return Request(Endpoint.PURGE, _bytes(body), person_id=person_id, caller=caller)


def login(body: str | bytes, caller: Caller = Caller.ADMIN) -> Request:
    return Request(Endpoint.LOGIN, _bytes(body), caller=caller)


def form(body: str | bytes, caller: Caller = Caller.ADMIN) -> Request:
    return Request(Endpoint.TOKEN, _bytes(body), FORM, caller=caller)


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _needs(permissions: str) -> Answer:
    return error(403, "insufficient_permissions", f"Insufficient Permissions - Expected any of: {permissions}")


TOO_LARGE = error(413, "request_too_large", "Request body is larger than 65536 bytes")
NO_TOKEN = error(403, "auth_token_format", "Invalid Authorization - missing", auth_success=False)
NO_FIELDS = refused(MISSING_PLATFORM, MISSING_ID)
OPEN_BRACE = not_json(1, "Expecting property name enclosed in double quotes")

EXAMPLES = (
    Example("body-size", purge("{" + " " * 65_535 + "}"), PURGE_ACCEPTED, TOO_LARGE),
    Example("body-size", create("{" + " " * 65_535 + "}"), NO_FIELDS, TOO_LARGE),
    Example("authority-first", create("{}", Caller.NOBODY), NO_FIELDS, NO_TOKEN),
    Example("authority-first", disable("{", Caller.NOBODY), OPEN_BRACE, NO_TOKEN),
    Example("authority-first", create("{", Caller.POWERLESS), OPEN_BRACE, _needs("user:platform:create, user:*")),
    Example(
        "authority-first",
        purge("{}", "nobody", Caller.POWERLESS),
        refused(NOT_A_UUID),
        _needs("purge:*:*, purge:person:admin, purge:person:self"),
    ),
    Example("authority-first", login("{}", Caller.NOBODY), refused(MISSING_GRANT), NO_CLIENT),
    Example("authority-first", form("", Caller.POWERLESS), refused(MISSING_GRANT), NO_CLIENT),
    Example("form-encoding", form("grant_type=%ff"), refused(NO_GRANT), refused(NOT_UTF8)),
    Example("form-encoding", form(b"grant_type=x&grant_type=\xc3"), refused(NO_GRANT), refused(NOT_UTF8)),
    Example("encoding", create(b'["\xc3\xa9\xff"]'), UNPARSED, not_json(3, "Invalid UTF-8")),
    Example("encoding", create(b'{"a":"\xed\xa0\xbd"}'), NO_FIELDS, not_json(6, "Invalid UTF-8")),
    Example("encoding", disable("{}".encode("utf-16-le")), NO_TARGET, OPEN_BRACE),
    Example("encoding", purge("{}".encode("utf-16")), PURGE_ACCEPTED, not_json(0, "Invalid UTF-8")),
    Example("encoding", purge("{}".encode("utf-32-be")), PURGE_ACCEPTED, not_json(0, "Expecting value")),
    Example(
        "half-a-surrogate-pair",
        disable(r'{"display_name":"\ud83d"}'),
        NO_TARGET,
        not_json(18, "Invalid \\uXXXX escape"),
    ),
    Example("half-a-surrogate-pair", create(r'{"a":"\uDE00"}'), NO_FIELDS, not_json(7, "Invalid \\uXXXX escape")),
    Example("json-constants", purge('{"other":NaN}'), PURGE_ACCEPTED, not_json(9, "Expecting value")),
    Example(
        "json-constants",
        purge('{"suggested_purge_time":NaN}'),
        refused({"loc": TIME, "msg": "cannot convert float NaN to integer", "type": "value_error"}),
        not_json(24, "Expecting value"),
    ),
    Example("json-constants", create('{"a":[-Infinity]}'), NO_FIELDS, not_json(6, "Expecting value")),
    Example("nesting", purge('{"a":' * 65 + "1" + "}" * 65), PURGE_ACCEPTED, not_json(320, "Nesting too deep")),
    Example("nesting", create("[" * 10_000), UNPARSED, not_json(64, "Nesting too deep")),
    Example("long-integers", purge('{"other":-' + "1" * 4301 + "}"), UNPARSED, not_json(9, "Integer too long")),
    Example("pydantic-self", purge(f'{{"{SELF}":1}}'), refused(SELF_ITEM), NO_PERSON),
    Example("pydantic-self", create(f'[["{SELF}",1]]'), refused(SELF_ITEM), NO_FIELDS),
    Example(
        "beyond-ascii",
        purge('{"suggested_purge_time":"٢٠٢٠-01-01T00:00Z"}'),
        Answer(200, f'{{"suggested_purge_time": "2020-01-01 00:00:00+00:00", "person_id": "{PERSON}"}}'),
        refused(NOT_A_TIME),
    ),
    Example(
        "beyond-ascii",
        purge("{}", "٣" * 32),
        Answer(200, f'{{"suggested_purge_time": null, "person_id": "{"-".join("3" * n for n in (8, 4, 4, 4, 12))}"}}'),
        refused(NOT_A_UUID),
    ),
    Example(
        "beyond-ascii",
        Request(Endpoint.PURGE, b"{}", "application/json\xa0"),
        PURGE_ACCEPTED,
        refused({"loc": ["body"], "msg": "value is not a valid dict", "type": "type_error.dict"}),
    ),
    Example(
        "long-past",
        purge('{"suggested_purge_time":253402300799}'),
        Answer(200, f'{{"suggested_purge_time": "1978-01-11 21:31:40.799000+00:00", "person_id": "{PERSON}"}}'),
        refused(too_old("1978-01-11T21:31:40Z")),
    ),
    Example(
        "long-past",
        purge('{"suggested_purge_time":"0001-01-01T00:00+01:00"}', "nobody"),
        refused(NOT_A_UUID),
        refused(NOT_A_UUID, too_old("0001-01-01T00:00:00Z")),
    ),
    Example(
        "anonymous-id",
        login(json.dumps(LONG_LOGIN)),
        Answer(200, json.dumps(LOGIN_ACCEPTED)),
        refused(LONG_ID),
    ),
    Example(
        "timezone-text",
        purge('{"suggested_purge_time":"2020-01-01T00:00"}'),
        refused(NOT_A_TIME),
        refused(NO_ZONE),
    ),
    Example(
        "timezone-text",
        purge('{"suggested_purge_time":"2020-1-1 0:0:0.5"}', "nobody"),
        refused(NOT_A_UUID, NOT_A_TIME),
        refused(NOT_A_UUID, NO_ZONE),
    ),
)
