"""Where Roster's answers differ from FastAPI's: thirteen classes, each with its reason, its rule and its examples.

The rule of a class looks at the request, and says what each side answers. A difference that is not exactly that fails.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError
from pydantic.datetime_parse import get_numeric, parse_datetime

from oracle import AwareDatetime, LoginRequest
from strict import Kind, json_error, stricter
from wire import OF_CLIENTS, Answer, Caller, Endpoint, Request, not_json, refused

BODY_LIMIT = 65_536
NEEDS = {
    Endpoint.CREATE: "user:platform:create, user:*",
    Endpoint.PURGE: "purge:*:*, purge:person:admin, purge:person:self",
}
UNPARSED = Answer(400, '{"detail":"There was an error parsing the body"}')
SELF = "__pydantic_self__"
SELF_ITEM = {
    "loc": ["body"],
    "msg": f"__init__() got multiple values for keyword argument '{SELF}'",
    "type": "type_error",
}
TIME = ["body", "suggested_purge_time"]
GRANT = ["body", "grant_type"]
# A refusal of a login has more members.
NO_CLIENT = Answer(
    403,
    '{"auth_success":true,"error_code":"client_credentials_invalid",'
    '"desc":"Client Credentials provided to authentication attempt were invalid",'
    '"needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}',
)
NOT_UTF8 = {"loc": GRANT, "msg": "invalid UTF-8", "type": "value_error"}
ID_MAX = 2048
LONG_ID = {
    "loc": ["body", "portal_access_token"],
    "msg": f"ensure this value has at most {ID_MAX} characters",
    "type": "value_error.any_str.max_length",
    "ctx": {"limit_value": ID_MAX},
}


@dataclass(frozen=True)
class Difference:
    name: str
    reason: str
    applies: Callable[[Request], bool]
    """Whether a request belongs to the class. Of several classes the first one counts."""
    theirs: Callable[[Request, Answer], bool]
    """Whether this is FastAPI's answer to a request of the class."""
    ours: Callable[[Request, Answer], Answer | Request]
    """Roster's answer where FastAPI gives that answer. A request stands for FastAPI's verdict on it."""


def error(status: int, code: str, desc: str, *, auth_success: bool = True) -> Answer:
    """An error of RallyHere that is not a 422."""
    fields = {"auth_success": auth_success, "error_code": code, "desc": desc}
    return Answer(status, json.dumps(fields, separators=(",", ":")))


def _always(_request: Request, _theirs: Answer) -> bool:
    return True


def _unauthorized(request: Request) -> bool:
    if request.endpoint in OF_CLIENTS:
        # A body that is not JSON is refused before the credentials are read.
        return request.caller is not Caller.ADMIN and not _is_broken(request)
    if request.endpoint is Endpoint.LOGOUT:
        return False
    return request.caller is Caller.NOBODY or (request.caller is Caller.POWERLESS and request.endpoint in NEEDS)


def _is_broken(request: Request) -> bool:
    return request.content_type == "application/json" and json_error(request.body.decode()) is not None


def _forbidden(request: Request, _theirs: Answer) -> Answer:
    if request.endpoint in OF_CLIENTS:
        return NO_CLIENT
    if request.caller is Caller.NOBODY:
        return error(403, "auth_token_format", "Invalid Authorization - missing", auth_success=False)
    needs = NEEDS[request.endpoint]
    return error(403, "insufficient_permissions", f"Insufficient Permissions - Expected any of: {needs}")


def _not_utf8(request: Request) -> bool:
    stop = stricter(request.body)
    return (stop is not None and stop.kind is Kind.ENCODING) or _encoding(request) not in ("utf-8", "utf-8-sig")


def _encoding(request: Request) -> str:
    return json.detect_encoding(request.body)


def _reads_another_encoding(request: Request, theirs: Answer) -> bool:
    """400 for bytes that Python cannot decode either."""
    try:
        request.body.decode(_encoding(request), "surrogatepass")
    except UnicodeDecodeError:
        return theirs == UNPARSED
    return theirs.status in (200, 422)


def _read_as_utf8(request: Request, _theirs: Answer) -> Answer:
    stop = stricter(request.body)
    if stop is not None and stop.kind is Kind.ENCODING:
        return not_json(stop.index, stop.kind.value)
    index, message = json_error(request.body.decode()) or (0, "no error: both sides should agree")
    return not_json(index, message)


def _stops_for(kind: Kind) -> Callable[[Request], bool]:
    def applies(request: Request) -> bool:
        stop = stricter(request.body)
        return stop is not None and stop.kind is kind

    return applies


def _stopped(request: Request, _theirs: Answer) -> Answer:
    stop = stricter(request.body)
    assert stop is not None
    return not_json(stop.index, stop.kind.value)


def _reads_on(request: Request, theirs: Answer) -> bool:
    """Accepts, or finds a problem that is not at the place where Roster stops."""
    stop = stricter(request.body)
    assert stop is not None
    indexes = [item["loc"][1] for item in theirs.items if item["type"] == "json_invalid"]
    return theirs.status in (200, 422) and stop.index not in indexes


def _reads_on_or_gives_up(request: Request, theirs: Answer) -> bool:
    """Python gives up on values that are nested about a thousand levels deep."""
    return theirs == UNPARSED or _reads_on(request, theirs)


def _gives_up(_request: Request, theirs: Answer) -> bool:
    return theirs == UNPARSED


def _names_self(request: Request) -> bool:
    return SELF in _fields(request)


def _tells_of_self(_request: Request, theirs: Answer) -> bool:
    return SELF_ITEM in theirs.items


def _without_self(request: Request, _theirs: Answer) -> Request:
    return _with_fields(request, {name: value for name, value in _fields(request).items() if name != SELF})


def _goes_beyond_ascii(request: Request) -> bool:
    return _lettered(request, UNPARSED) != request


def _lettered(request: Request, _theirs: Answer) -> Request:
    """The same request with a letter for each digit and space beyond ASCII, in the places that ours reads as ASCII."""
    content_type = request.content_type and re.sub("[\x85\xa0]", "é", request.content_type)
    person_id = _without_digits(request.person_id) if request.endpoint is Endpoint.PURGE else request.person_id
    request = replace(request, content_type=content_type, person_id=person_id)
    fields = _fields(request)
    texts = {name: fields.get(name) for name in ("person_id", "suggested_purge_time")}
    changed = {name: _without_digits(text) for name, text in texts.items() if isinstance(text, str)}
    same = all(texts[name] == text for name, text in changed.items())
    return request if same else _with_fields(request, {**fields, **changed})


def _without_digits(text: str) -> str:
    return "".join("é" if not char.isascii() and unicodedata.decimal(char, None) is not None else char for char in text)


def _is_without_zone(request: Request) -> bool:
    value = _fields(request).get("suggested_purge_time")
    if request.endpoint is not Endpoint.PURGE or not isinstance(value, str):
        return False
    try:
        return get_numeric(value, "datetime") is None and parse_datetime(value).tzinfo is None
    except ValueError:
        return False


def _tells_of_format(_request: Request, theirs: Answer) -> bool:
    return {"loc": TIME, "msg": "invalid datetime format", "type": "value_error.datetime"} in theirs.items


def _tells_of_zone(_request: Request, theirs: Answer) -> Answer:
    return refused(*(item | {"msg": "timezone required"} if item["loc"] == TIME else item for item in theirs.items))


def _long_past(request: Request) -> datetime | None:
    """The suggested time, if it is more than seven days ago; in the year 1 an offset may lead out of Python's time."""
    value = _fields(request).get("suggested_purge_time")
    if request.endpoint is not Endpoint.PURGE or value is None:
        return None
    try:
        time = AwareDatetime.aware(value).astimezone(UTC)
    except OverflowError:
        time = datetime.min.replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None
    return time if time < datetime.now(UTC) - timedelta(days=7) else None


def _takes_the_time(_request: Request, theirs: Answer) -> bool:
    return theirs.status == 200 or all(item["loc"][0] == "path" for item in theirs.items)


def too_old(read_as: str) -> dict[str, object]:
    msg = f"must not be more than 7 days in the past (read as {read_as})"
    return {"loc": TIME, "msg": msg, "type": "value_error.datetime"}


def _tells_how_it_was_read(request: Request, theirs: Answer) -> Answer:
    time = _long_past(request)
    assert time is not None
    return refused(*theirs.items, too_old(time.replace(microsecond=0, tzinfo=None).isoformat() + "Z"))


def _is_not_utf8_in_form(request: Request) -> bool:
    if not request.is_form:
        return False
    pairs = (pair.partition(b"=") for pair in request.body.replace(b"+", b" ").split(b"&"))
    values = [unquote_to_bytes(value) for name, _, value in pairs if unquote_to_bytes(name) == b"grant_type"]
    try:
        b"".join(values[-1:]).decode()
    except UnicodeDecodeError:
        return True
    return False


def _is_no_grant(_request: Request, theirs: Answer) -> bool:
    return [(item["loc"], item["type"]) for item in theirs.items] == [(GRANT, "type_error.enum")]


def _has_long_id(request: Request) -> bool:
    """Whether an anonymous login, valid to pydantic, has more characters than an account's id may have."""
    if request.endpoint is not Endpoint.LOGIN:
        return False
    try:
        login = LoginRequest.parse_obj(_fields(request))
    except ValidationError:
        return False
    return login.grant_type.value == "anon" and len(login.portal_access_token) > ID_MAX


def _accepts(_request: Request, theirs: Answer) -> bool:
    return theirs.status == 200


def _fields(request: Request) -> dict[str, object]:
    """The fields that Python reads. Empty if the body is no dictionary, or if only Python reads it."""
    if _not_utf8(request) or stricter(request.body):
        return {}
    try:
        return dict(json.loads(request.body))
    except (ValueError, TypeError, RecursionError):
        return {}


def _with_fields(request: Request, fields: dict[str, object]) -> Request:
    # Python reads large floats as infinities, which JSON has no word for.
    return replace(request, body=json.dumps(fields).replace("Infinity", "1e999").encode())


DIFFERENCES = (
    Difference(
        "body-size",
        "Roster refuses a body of more than 65,536 bytes unread, with 413; FastAPI has no limit. Ours is right: "
        "everything that can grow has a limit, and no valid body comes near this one.",
        lambda request: len(request.body) > BODY_LIMIT,
        _always,
        lambda _request, _theirs: error(413, "request_too_large", "Request body is larger than 65536 bytes"),
    ),
    Difference(
        "authority-first",
        "Roster checks token and permission before it validates; the models here know no tokens, and FastAPI itself "
        "would tell a stranger about broken JSON. Ours is right: who may not ask learns nothing about his request.",
        _unauthorized,
        _always,
        _forbidden,
    ),
    Difference(
        "beyond-ascii",
        "In uuids and times Python takes the decimal digits of every script, and around a content type the spaces of "
        "Latin-1. Ours is right: RFC 9562, RFC 3339 and RFC 9110 write them in ASCII.",
        _goes_beyond_ascii,
        _always,
        _lettered,
    ),
    Difference(
        "form-encoding",
        "Roster says of a form's value that it is not UTF-8; Python puts other characters in place of the bytes, and "
        "calls the text no member of the enumeration. Either may be right: both refuse it, and ours names the cause.",
        _is_not_utf8_in_form,
        _is_no_grant,
        lambda _request, _theirs: refused(NOT_UTF8),
    ),
    Difference(
        "encoding",
        "Roster reads UTF-8 and tells the character where it ends. Python guesses UTF-16 and UTF-32, lets bare "
        "surrogates pass, and answers 400 to other bytes. Ours is right: RFC 8259, 8.1, knows UTF-8 alone.",
        _not_utf8,
        _reads_another_encoding,
        _read_as_utf8,
    ),
    Difference(
        "half-a-surrogate-pair",
        "Python takes the escape of half a surrogate pair for a character. Ours is right: no UTF-8 text can hold it, "
        "so it could be neither stored nor sent back.",
        _stops_for(Kind.SURROGATE),
        _reads_on_or_gives_up,
        _stopped,
    ),
    Difference(
        "json-constants",
        "Python takes NaN, Infinity and -Infinity for numbers. Ours is right: RFC 8259, 6, has no such numbers.",
        _stops_for(Kind.CONSTANT),
        _reads_on_or_gives_up,
        _stopped,
    ),
    Difference(
        "nesting",
        "Roster takes 64 levels; Python takes as many as its stack has left, about a thousand, and then answers 400. "
        "Ours is right: a limit should be told and not depend on the stack.",
        _stops_for(Kind.DEPTH),
        _reads_on_or_gives_up,
        _stopped,
    ),
    Difference(
        "long-integers",
        "Both refuse an integer of more than 4,300 digits; Python answers 400 without a place. Either may be right; "
        "ours is the one shape for all that is wrong with a body.",
        _stops_for(Kind.INTEGER),
        _gives_up,
        _stopped,
    ),
    Difference(
        "pydantic-self",
        "A field named __pydantic_self__ collides with an argument of pydantic's own constructor. Ours is right: it is "
        "an unknown field like any other, and those are ignored.",
        _names_self,
        _tells_of_self,
        _without_self,
    ),
    Difference(
        "long-past",
        "Roster refuses a time more than seven days ago and says how it was read; FastAPI takes it. Ours is right: the end "
        "of the year 9999 in seconds is read as milliseconds of 1978, and would purge at once.",
        lambda request: _long_past(request) is not None,
        _takes_the_time,
        _tells_how_it_was_read,
    ),
    Difference(
        "anonymous-id",
        "The token of an anonymous login is the account's id, and Roster refuses one of more than 2,048 characters; the "
        "model has no limit. Ours is right: no other endpoint takes a longer id, so nobody could name the account.",
        _has_long_id,
        _accepts,
        lambda _request, _theirs: refused(LONG_ID),
    ),
    Difference(
        "timezone-text",
        "Both refuse a time without a zone, as RallyHere's contract says. pydantic 1.10 has no text for it, and the live service's "
        "is not public: the oracle says that the format is invalid, Roster says what is missing. Either may be right.",
        _is_without_zone,
        _tells_of_format,
        _tells_of_zone,
    ),
)
