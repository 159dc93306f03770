"""Facts that OpenAPI cannot express: messages of Protocol Buffers, existing persons, and failures that were agreed.

Every check runs. Each rule in AGREED lets one kind of failure pass. Two of them look at the request alone and are wider
than what was agreed: `refused_in_trailers_not_shown` and `read_as_pydantic_reads` name the suite that holds the rest.
"""

import json
import uuid
from pathlib import Path

import schemathesis
from hypothesis import strategies as st

NEGATIVE_DATA_ACCEPTED, POSITIVE_DATA_REJECTED = "ST201", "ST202"
MISSING_TOKEN_ACCEPTED, AUTH_IGNORED = "ST203", "ST401"
# Codes of gRPC.
INVALID_ARGUMENT, FAILED_PRECONDITION, UNAUTHENTICATED = 3, 9, 16
GRPC_WEB = ("application/grpc-web", "application/grpc-web+proto")


def user_request(user_id: str) -> bytes:
    """The message of every change of state: `string user_id = 1`."""
    text = user_id.encode()
    length = bytes([len(text)]) if len(text) < 128 else bytes([len(text) & 127 | 128, len(text) >> 7])
    return b"\x0a" + length + text


def frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


USER_IDS = st.one_of(st.uuids().map(str), st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
MESSAGES = USER_IDS.map(user_request)
schemathesis.openapi.media_type("application/proto", MESSAGES)
for media_type in GRPC_WEB:
    schemathesis.openapi.media_type(media_type, MESSAGES.map(frame))

# A quoted id on each line; the configuration lends them to paths, but not to texts that may be null.
PERSONS = [json.loads(line) for line in Path("persons").read_text().splitlines()]


@schemathesis.hook
def map_body(_context, body):
    """Replaces three of four random ids of persons by existing ids, so that most requests get past "not found"."""
    if not isinstance(body, dict):
        return body
    drawn = {name: person_id(body.get(name)) for name in ("person_id", "leader_person_id")}
    known = {
        name: PERSONS[drawn_id.int // 4 % len(PERSONS)]
        for name, drawn_id in drawn.items()
        if drawn_id and drawn_id.int % 4
    }
    return {**body, **known}


def person_id(value):
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


@schemathesis.hook
def before_load_schema(_context, schema):
    """Answers may grow later, so the document leaves them open; here every field that it does not name is a failure.

    All errors of a dialect share a schema, and their codes are in lists; here every code that is not listed is a failure.
    """
    any_text = {"type": "string"}
    schema["components"]["schemas"]["ZitadelErrorDetail"]["properties"] |= {"@type": any_text, "type": any_text}
    for path in schema["paths"].values():
        for operation in path.values():
            # Beside operations a path may hold a text or a list.
            if isinstance(operation, dict):
                for status, response in operation["responses"].items():
                    close(schema, response)
                    hold_to_codes(status, resolved(schema, response["$ref"]) if "$ref" in response else response)


def close(schema, node):
    if isinstance(node, list):
        for child in node:
            close(schema, child)
    elif isinstance(node, dict):
        if "$ref" in node:
            close(schema, resolved(schema, node["$ref"]))
        elif node.get("type") == "object" and "properties" in node and "additionalProperties" not in node:
            node["additionalProperties"] = False
        for key, child in node.items():
            if key not in ("example", "examples", "links"):
                close(schema, child)


def hold_to_codes(status, response):
    """Each name is a field of one kind of error only."""
    errors = response.pop("x-errors", None)
    if errors is None:
        return
    codes = {"enum": errors["codes"]}
    fields = {"error_code": codes, "code": codes, "detail": {"items": {"properties": {"type": codes}}}}
    if status != "403":
        fields["auth_success"] = {"enum": [True]}
    if "ids" in errors:
        fields["details"] = {"items": {"properties": {"id": {"enum": errors["ids"]}}}}
    content = response["content"]["application/json"]
    content["schema"] = {"allOf": [content["schema"], {"properties": fields}]}


def resolved(schema, reference):
    node = schema
    for name in reference.removeprefix("#/").split("/"):
        node = node[name]
    return node


@schemathesis.hook
def filter_failure(_context, failure, case, response):
    return not any(agreed(failure, case, response) for agreed in AGREED)


def refused_with_403(failure, case, response):
    """The check accepts only 401. RallyHere's contract has 403 with a code."""
    if failure.code != MISSING_TOKEN_ACCEPTED or not rallyhere(case) or response.status_code != 403:
        return False
    body = read(response)
    refusal = (body.get("auth_success"), body.get("error_code"))
    return refusal in ((False, "auth_token_format"), (True, "client_credentials_invalid"))


def refused_in_the_trailers(failure, case, response):
    """gRPC-Web answers HTTP 200 and has its status in the body: of a missing token, or of an id that is too long."""
    expected = {
        MISSING_TOKEN_ACCEPTED: [UNAUTHENTICATED],
        NEGATIVE_DATA_ACCEPTED: [UNAUTHENTICATED, INVALID_ARGUMENT],
    }.get(failure.code, [])
    refused = any(f"grpc-status: {status}\r\n".encode() in response.content for status in expected)
    return refused and case.media_type in GRPC_WEB


def refused_in_trailers_not_shown(failure, case, _response):
    """This check shows only the answer to a good token; the rule above and zitadel.mjs see the others."""
    return failure.code == AUTH_IGNORED and case.media_type in GRPC_WEB


def refused_by_a_rule(failure, case, response):
    """A well-formed request may meet a person or user in the wrong state, which both contracts answer with 400."""
    if failure.code != POSITIVE_DATA_REJECTED or response.status_code != 400:
        return False
    body = read(response)
    return "error_code" in body if rallyhere(case) else body.get("code") in (FAILED_PRECONDITION, "failed_precondition")


def too_long_for_the_gateway(failure, _case, response):
    """2,048 characters may take 24 KB in a query, and the gateway takes 10,240 bytes of request line and headers."""
    too_large = response.status_code == 431 and len(response.request.url or "") > 8_000
    return failure.code == POSITIVE_DATA_REJECTED and too_large


def long_past(failure, _case, response):
    """A schema cannot say "at most 7 days in the past", and Roster answers 422 to older times."""
    if failure.code != POSITIVE_DATA_REJECTED or response.status_code != 422:
        return False
    problems = read(response).get("detail", [])
    return all(problem["msg"].startswith("must not be more than 7 days in the past") for problem in problems)


def read_as_pydantic_reads(failure, case, _response):
    """Where a text is due, FastAPI's validation also takes a number or a truth value, and for a body what dict() takes.

    tests/peers/fastapi/compare.py holds that against FastAPI itself; the document says what a client should send.
    """
    if failure.code != NEGATIVE_DATA_ACCEPTED or not rallyhere(case):
        return False
    body = case.body
    if isinstance(body, dict):
        return any(isinstance(value, (bool, int, float)) for value in body.values())
    return body is None or body == "" or isinstance(body, list)


AGREED = [
    refused_with_403,
    refused_in_the_trailers,
    refused_in_trailers_not_shown,
    refused_by_a_rule,
    too_long_for_the_gateway,
    long_past,
    read_as_pydantic_reads,
]


def rallyhere(case):
    return case.path.startswith("/users/")


def read(response):
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
