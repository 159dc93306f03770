"""Finds the character at which Roster's stricter reading of JSON stops and Python's does not."""

import enum
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

DEPTH_MAX = 64
INTEGER_DIGITS_MAX = 4300

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"?)
      | (?P<constant>-?Infinity|NaN)
      | (?P<number>-?(?P<integer>\d+)(?P<float>(?:\.\d+)?(?:[eE][-+]?\d+)?))
      | (?P<open>[\[{])
      | (?P<close>[\]}])""",
    re.ASCII | re.DOTALL | re.VERBOSE,
)
# `json.loads` treats the first character of a text in its own way, but a body comes as bytes.
_decode = json.JSONDecoder().decode
_ESCAPE = re.compile(r"\\(?:u(?P<unit>[0-9a-fA-F]{4})|.)", re.DOTALL)


class Kind(enum.Enum):
    """The reason why a body is not JSON to Roster. The value is the text of the error."""

    ENCODING = "Invalid UTF-8"
    SURROGATE = "Invalid \\uXXXX escape"
    CONSTANT = "Expecting value"
    DEPTH = "Nesting too deep"
    INTEGER = "Integer too long"


@dataclass(frozen=True)
class Stop:
    kind: Kind
    index: int


def stricter(body: bytes) -> Stop | None:
    """The first place where Roster stops although Python's decoder continues. `None` if both read the same."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        return Stop(Kind.ENCODING, len(body[: error.start].decode()))
    text = text.removeprefix("\ufeff")
    end = _end(text)
    return next((stop for stop in _stops(text[:end]) if stop.index < end), None)


def json_error(text: str) -> tuple[int, str] | None:
    """The place and the reason of Roster's refusal: the first of Python's error and its own."""
    if stop := stricter(text.encode()):
        return stop.index, stop.kind.value
    try:
        _decode(text)
    except json.JSONDecodeError as error:
        return error.pos, error.msg
    return None


def _end(text: str) -> int:
    """How far Python's decoder reads before it finds an error of its own."""
    try:
        _decode(text)
    except json.JSONDecodeError as error:
        # Only this error has the place at which the string begins.
        return len(text) if error.msg.startswith("Unterminated string") else error.pos
    except (ValueError, RecursionError):
        pass
    return len(text)


def _stops(text: str) -> Iterator[Stop]:
    depth = 0
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "string":
                if (index := _half_a_pair(token[0])) is not None:
                    yield Stop(Kind.SURROGATE, token.start() + index)
            case "constant":
                yield Stop(Kind.CONSTANT, token.start())
            case "number":
                if len(token["integer"]) > INTEGER_DIGITS_MAX and not token["float"]:
                    yield Stop(Kind.INTEGER, token.start())
            case "open":
                depth += 1
                if depth > DEPTH_MAX:
                    yield Stop(Kind.DEPTH, token.start())
            case "close":
                depth -= 1


def _half_a_pair(string: str) -> int | None:
    """The place of the first `u` that escapes half of a surrogate pair."""
    high = None
    for escape in _ESCAPE.finditer(string):
        unit = int(escape["unit"], 16) if escape["unit"] else 0
        if high is not None:
            if 0xDC00 <= unit <= 0xDFFF and escape.start() == high.end():
                high = None
                continue
            return high.start() + 1
        if 0xDC00 <= unit <= 0xDFFF:
            return escape.start() + 1
        if 0xD800 <= unit <= 0xDBFF:
            high = escape
    return None if high is None else high.start() + 1
