"""Requests that were chosen by hand."""

import json
from collections.abc import Iterator

from examples import EXAMPLES
from oracle import GRANTS, PLATFORMS
from values import BOOLEANS, CONTENT_TYPES, DICTIONARIES, FORMS, JSON_TEXTS, TIMES, UUIDS, VALUES
from wire import FORM, OF_CLIENTS, PERSON, Caller, Endpoint, Request

FIELDS = {
    Endpoint.CREATE: ["platform", "platform_user_id", "display_name"],
    Endpoint.DISABLE: ["person_id", "platform", "platform_user_id"],
    Endpoint.PURGE: ["suggested_purge_time"],
    Endpoint.LOGIN: [
        "grant_type",
        "portal_access_token",
        "portal_display_name",
        "portal_parent_access_token",
        "portal_parent_display_name",
        "include_refresh",
        "accept_eula",
        "accept_tos",
        "accept_privacy_policy",
    ],
    Endpoint.LOGOUT: ["refresh_token"],
    Endpoint.TOKEN: ["grant_type"],
}
REQUIRED = {
    Endpoint.CREATE: {"platform": '"PSN"', "platform_user_id": '"a"'},
    Endpoint.LOGIN: {"grant_type": '"anon"', "portal_access_token": '"a"'},
}
# Bodies with an error that no further damage removes. An accepted body would cost a write.
SHORT_BODIES = {
    Endpoint.CREATE: b'{"platform":1}',
    Endpoint.DISABLE: b'{"person_id":1}',
    Endpoint.PURGE: b'{"x":-1.5e+3}',
    Endpoint.LOGIN: b'{"grant_type":1}',
    Endpoint.LOGOUT: b'{"refresh_token":[]}',
    Endpoint.TOKEN: b'{"grant_type":1}',
}
LONG_BODIES = {
    Endpoint.CREATE: r'{"platform": "PSN", "platform_user_id": "é😀\u00e9\ud83d\uDE00\n", "display_name": [null, 0.5]}',
    Endpoint.DISABLE: r'{"person_id": {"a": [true, -1.5e+3]}, "platform":"PSN" , "platform_user_id":"é\\\/\u0000" }',
    Endpoint.PURGE: '\ufeff{"suggested_purge_time": "2030-01-02T03:04:05.678901+02:30", "x": [[], {}, false, "😀é"]}',
    Endpoint.LOGIN: r'{"grant_type": "Anon", "accept_tos": "o\u006e", "include_refresh":1.0 , "x":"é\n"}',
    Endpoint.LOGOUT: r'{"refresh_token": {"a": [null, 0.5]}, "x": "\ud83d\uDE00" }',
    Endpoint.TOKEN: '\ufeff[["grant_type", "é"], ["x", {"a": [true, -1.5e+3]}]]',
}
# No endpoint finds a field missing.
VALID_ANYWHERE = '{"platform":"PSN","platform_user_id":"a","grant_type":"client_credentials","refresh_token":"a"}'
# Nearly all bytes beyond ASCII have the same effect.
BEYOND_ASCII = b"\x80\xc0\xc3\xe2\xed\xf0\xff"
EVERY_BYTE = bytes(range(128)) + BEYOND_ASCII
SOME_BYTES = b'\x00\x1f\n "+,-.09:EN[\\]aenu{}\x80\xff'


def hand_picked() -> Iterator[Request]:
    yield from _bodies()
    yield from _content_types()
    yield from _values()
    yield from _lengths()
    yield from _identifiers()
    yield from _callers()
    yield from _damaged()
    yield from _forms()


def valid(endpoint: Endpoint, field: str, value: str) -> str:
    """A body in which all other fields are valid."""
    fields = {**REQUIRED.get(endpoint, {}), field: value}
    return "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"


def _bodies() -> Iterator[Request]:
    for endpoint in Endpoint:
        for text in JSON_TEXTS + DICTIONARIES:
            yield Request(endpoint, text.encode())
            yield Request(endpoint, text.encode(), content_type=None, person_id="x")
        for name in FIELDS[endpoint]:
            yield Request(endpoint, valid(endpoint, name, "{}").replace("}}", f'}},"{name}":null}}').encode())
            yield Request(endpoint, valid(endpoint, name, "null").replace("l}", f'l,"{name}":{{}}}}').encode())


def _content_types() -> Iterator[Request]:
    for endpoint in Endpoint:
        for content_type in CONTENT_TYPES:
            for text in ["{}", "", "null", "[1]", "{", VALID_ANYWHERE]:
                yield Request(endpoint, text.encode(), content_type)


def _values() -> Iterator[Request]:
    of_login = BOOLEANS + [json.dumps(text) for text in GRANTS]
    of_others = [json.dumps(text) for text in UUIDS + TIMES + PLATFORMS]
    for endpoint, fields in FIELDS.items():
        values = VALUES + (of_login if endpoint in OF_CLIENTS else of_others)
        for name in fields:
            for value in values:
                yield Request(endpoint, valid(endpoint, name, value).encode())
                yield Request(endpoint, f'[["{name}",{value}]]'.encode(), person_id="x")


def _lengths() -> Iterator[Request]:
    limits = {(Endpoint.CREATE, "display_name"): 256}
    limits |= {(endpoint, "platform_user_id"): 2048 for endpoint in (Endpoint.CREATE, Endpoint.DISABLE)}
    limits |= {(Endpoint.LOGIN, "portal_display_name"): 256, (Endpoint.LOGIN, "portal_access_token"): 2048}
    limits |= {(Endpoint.LOGOUT, "refresh_token"): 1}
    for (endpoint, name), limit in limits.items():
        # One character, a combining mark, one of two UTF-16 units, escapes of one, two and no visible characters.
        for text in ["a", "\u0301", "😀", r"\u00e9", r"\uD83D\uDE00", r"\u0000"]:
            for length in (0, 1, limit - 1, limit, limit + 1):
                yield Request(endpoint, valid(endpoint, name, f'"{text * length}"').encode())
        for digits in (limit - 1, limit, limit + 1):
            yield Request(endpoint, valid(endpoint, name, "1" * digits).encode())


def _identifiers() -> Iterator[Request]:
    for person_id in filter(None, UUIDS):
        for body in [b"{}", b"", b"[1]", b'{"suggested_purge_time":"now"}']:
            yield Request(Endpoint.PURGE, body, person_id=person_id)


def _callers() -> Iterator[Request]:
    for endpoint in Endpoint:
        for caller in Caller:
            for body in [b"{", b"{}", b"1", b'{"platform":1}', VALID_ANYWHERE.encode()]:
                yield Request(endpoint, body, caller=caller)
                yield Request(endpoint, body, "text/plain", "x", caller)


def _damaged() -> Iterator[Request]:
    """Bodies cut off at every byte, with other bytes in every place, and with one byte more or less."""
    for endpoint in Endpoint:
        for body, damage in [(SHORT_BODIES[endpoint], EVERY_BYTE), (LONG_BODIES[endpoint].encode(), SOME_BYTES)]:
            for at in range(len(body)):
                before, after = body[:at], body[at + 1 :]
                variants = [before, before + after, before + body[at : at + 1] * 2 + after]
                variants += [before + bytes([byte]) + after for byte in damage]
                for variant in variants:
                    yield Request(endpoint, variant, person_id="x")


def _forms() -> Iterator[Request]:
    for text in FORMS:
        for content_type in [FORM, f" {FORM.upper()} ;charset=utf-8", f"{FORM};", "multipart/form-data", FORM[:-1]]:
            yield Request(Endpoint.TOKEN, text.encode("latin-1"), content_type)
    body = b"x=%C3%A9+&grant_type=client%5fcredentials&y"
    for at in range(len(body)):
        before, after = body[:at], body[at + 1 :]
        variants = [before, before + after, before + body[at : at + 1] * 2 + after]
        for variant in variants + [before + bytes([byte]) + after for byte in EVERY_BYTE]:
            yield Request(Endpoint.TOKEN, variant, FORM)


def of_the_classes() -> Iterator[Request]:
    """The examples' bodies at each endpoint, with other content types and callers."""
    for example in EXAMPLES:
        for endpoint in Endpoint:
            for person_id in (PERSON, "x"):
                yield Request(endpoint, example.request.body, person_id=person_id)
