"""Lets check.py call the Python program of docs/clients.md: a line of JSON asks, a line of JSON answers."""

import datetime
import json
import runpy
import sys
import time

import jwt.api_jwt

program, issuer, audience, client = sys.argv[1:]
players = runpy.run_path(program)["Players"](issuer, audience, client)

# How far the clocks of this process are ahead, in seconds.
ahead = 0.0
monotonic = time.monotonic


class Ahead(datetime.datetime):
    """The class of which PyJWT asks the time."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return datetime.datetime.now(tz) + datetime.timedelta(seconds=ahead)


time.monotonic = lambda: monotonic() + ahead
jwt.api_jwt.datetime = Ahead

for line in sys.stdin:
    asked = json.loads(line)
    ahead += asked["pass"]
    try:
        answer = {"player": players.player(asked["token"], asked["now"])}
    except Exception as error:  # noqa: BLE001 (any error is a refusal)
        answer = {"refused": repr(error)}
    print(json.dumps(answer), flush=True)
