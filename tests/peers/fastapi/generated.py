"""Random requests. The same seed gives the same requests."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote

from cases import FIELDS
from oracle import GRANTS, PLATFORMS
from values import BOOLEANS, CONTENT_TYPES, TIMES, UUIDS, VALUES
from wire import FORM, PERSON, Endpoint, Request

ALPHABET = '{}[]",:\\ue+-.0123456789 \n\ttrfalsn_TZé😀\u0301\ufeff\u2003\u200d\u0663ǆ\x00\x1fx'
OTHER_FIELDS = ["other", "platform", "grant_type", "Platform", "__pydantic_self__", "é"]
LIMITS = {"display_name": 256, "platform_user_id": 2048, "portal_display_name": 256, "portal_access_token": 2048}
FLAGS = ["include_refresh", "accept_eula", "accept_tos", "accept_privacy_policy"]
TIME_SHAPES = ["{}-{}-{}T{}:{}:{}"] + [f"{{:04}}-{{:02}}-{{:02}}{gap}{{:02}}:{{:02}}:{{:02}}" for gap in "T "]
UNITS = ["a", "é", "e\u0301", "😀", "\n", "\0", "\uffff"]


def generated(endpoint: Endpoint, count: int, seed: int) -> Iterator[Request]:
    """Returns so many different requests."""
    draw = Draw(random.Random(f"{endpoint.value} {seed}"))
    drawn: set[Request] = set()
    while len(drawn) < count:
        request = draw.request(endpoint)
        if request not in drawn:
            drawn.add(request)
            yield request


def quote_all(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


class Draw:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def request(self, endpoint: Endpoint) -> Request:
        if endpoint is Endpoint.TOKEN and self._one_in(2):
            return Request(endpoint, self._form(), FORM)
        request = Request(endpoint, self._body(endpoint))
        if self._one_in(8):
            request = replace(request, content_type=self._rng.choice(CONTENT_TYPES))
        if endpoint is Endpoint.PURGE and self._one_in(4):
            # With a slash it would be another path.
            request = replace(request, person_id=self._uuid().replace("/", "") or "x")
        return request

    def _body(self, endpoint: Endpoint) -> bytes:
        text = self._text() if self._one_in(40) else self._model(endpoint)
        if self._one_in(6):
            text = self._damaged(text)
        body = text.encode()
        if body and self._one_in(20):
            at = self._rng.randrange(len(body))
            body = body[:at] + self._rng.randbytes(self._rng.randrange(3)) + body[at + self._rng.randrange(2) :]
        return body if not self._one_in(100) else b""

    def _form(self) -> bytes:
        pairs: list[str] = []
        while not pairs or self._one_in(3):
            name = self._rng.choice([*OTHER_FIELDS, *["grant_type"] * 9])
            value = self._rng.choice([*["client_credentials"] * 2, self._rng.choice(GRANTS), self._text()])
            pairs.append(f"{self._encoded(name)}={self._encoded(value)}")
        text = "&".join(pairs)
        return (self._damaged(text) if self._one_in(3) else text).encode()

    def _encoded(self, text: str) -> str:
        """A text of a form, as it is, with what must be encoded, or with some more."""
        safe = self._rng.choice([None, "", ALPHABET[:9]])
        return text if safe is None else "".join(quote(c, safe) if not self._one_in(4) else quote_all(c) for c in text)

    def _model(self, endpoint: Endpoint) -> str:
        """The model's fields, some missing, some twice, some strange, in any order."""
        names = [name for name in FIELDS[endpoint] if not self._one_in(7)]
        while self._one_in(5):
            names.append(self._rng.choice([*FIELDS[endpoint], *OTHER_FIELDS]))
        if self._one_in(2):
            self._rng.shuffle(names)
        space = self._rng.choice(["", "", " ", "\n\t"])
        entries = [(self._string(name), self._field(name)) for name in names]
        if self._one_in(15):
            return "[" + f",{space}".join(f"[{name},{space}{value}]" for name, value in entries) + "]"
        return "{" + f"{space},{space}".join(f"{name}{space}:{space}{value}" for name, value in entries) + space + "}"

    def _field(self, name: str) -> str:
        if self._one_in(3):
            return self._value(2)
        if name in FLAGS:
            return self._rng.choice([*BOOLEANS[:22], *BOOLEANS, self._number(), "true", "false"])
        kinds: dict[str, Callable[[], str]] = {
            "platform": lambda: self._rng.choice(PLATFORMS),
            "person_id": self._uuid,
            "grant_type": lambda: self._rng.choice([*GRANTS, "anon", "anon", "client_credentials"]),
            "suggested_purge_time": self._time,
        }
        if name == "suggested_purge_time" and self._one_in(3):
            return self._number()
        return self._string(kinds[name]() if name in kinds else self._text(LIMITS.get(name, 9)))

    def _value(self, depth: int) -> str:
        """Any JSON value."""
        kind = self._rng.randrange(9 if depth else 7)
        match kind:
            case 0 | 1:
                return self._rng.choice(VALUES)
            case 2:
                return self._number()
            case 3:
                return self._string(self._damaged(self._number()))
            case 4:
                return self._string(self._time())
            case 5:
                return self._string(self._uuid())
            case 6:
                return self._string(self._text())
            case 7:
                return "[" + ",".join(self._value(depth - 1) for _ in range(self._rng.randrange(4))) + "]"
            case _:
                names = [self._text(3) for _ in range(self._rng.randrange(4))]
                return "{" + ",".join(f"{self._string(name)}:{self._value(depth - 1)}" for name in names) + "}"

    def _number(self) -> str:
        rng = self._rng
        match rng.randrange(6):
            case 0:
                return str(rng.randint(-(10 ** rng.randint(1, 24)), 10 ** rng.randint(1, 24)))
            case 1:
                return repr(rng.uniform(-1, 1) * 10 ** rng.randint(-10, 24))
            case 2:
                return f"{rng.randint(-9999, 9999)}.{rng.randint(0, 10**9)}e{rng.randint(-330, 330)}"
            case 3:
                return f"{rng.randint(0, 2 * 10**10)}.{rng.randint(0, 10**7):07}"
            case 4:
                # Numbers around those at which the unit of a time changes, and around the largest time.
                return str(rng.choice([-1, 1]) * (rng.choice([2, 3]) * 10 ** rng.randint(9, 21) + rng.randint(-1, 1)))
            case _:
                return rng.choice(["", "-"]) + str(rng.randint(1, 9)) * rng.choice([1, 40, 308, 310, 2048, 2049])

    def _time(self) -> str:
        rng = self._rng
        if self._one_in(4):
            return self._damaged(rng.choice(TIMES))
        shape = rng.choice(TIME_SHAPES)
        tops = (9999, 12, 28, 23, 59, 59) if self._one_in(2) else (9999, 13, 32, 25, 61, 61)
        time = shape.format(*(rng.randint(int(top > 61), top) for top in tops))
        if self._one_in(3):
            time += f".{'1234567890123'[: rng.randint(0, 13)]}"
        sign, colon = rng.choice("+-"), rng.choice(["", ":"])
        time += rng.choice(["Z", "Z", "+00:00", "", f"{sign}{rng.randint(0, 30):02}{colon}{rng.randint(0, 99):02}"])
        return self._damaged(time) if self._one_in(5) else time

    def _uuid(self) -> str:
        uuid = self._rng.choice([PERSON, *UUIDS])
        return self._damaged(uuid) if self._one_in(2) else uuid

    def _text(self, limit: int = 20) -> str:
        if limit >= 256 and self._one_in(4):
            return self._rng.choice(UNITS) * self._rng.choice([0, 1, limit // 2, limit - 1, limit, limit + 1])
        return "".join(self._rng.choice(ALPHABET) for _ in range(self._rng.randrange(min(limit, 20))))

    def _string(self, text: str) -> str:
        """A JSON string with a random number of escapes."""
        match self._rng.randrange(12):
            case 0:
                units = text.encode("utf-16-be")
                return '"' + "".join(rf"\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + '"'
            case 1:
                return json.dumps(text).upper() if self._one_in(9) else json.dumps(text)
            case 2 if self._one_in(9):
                return json.dumps(text)[:-1] + self._rng.choice([r"\ud83d", r"\uDE00", r"\ud83d\u0041"]) + '"'
            case _:
                return json.dumps(text, ensure_ascii=False)

    def _damaged(self, text: str) -> str:
        for _ in range(self._rng.choice([1, 1, 1, 2, 4])):
            at = self._rng.randrange(len(text) + 1)
            put = self._rng.choice(["", self._rng.choice(ALPHABET), self._rng.choice(ALPHABET)])
            text = text[:at] + put + text[at + self._rng.choice([0, 0, 1, 1, 2, 9]) :]
        return text

    def _one_in(self, number: int) -> bool:
        return self._rng.randrange(number) == 0
