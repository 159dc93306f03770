"""Decides whether two answers are the same, or which class of differences explains them."""

import json
from typing import Any

from differences import DIFFERENCES
from oracle import Oracle
from wire import Answer, Endpoint, Request

NAME_MAX = 256
# The grants whose code has another name.
DISABLED = {"xboxlive": "xbox", "rallyhere": "developer_api"}
# The codes of an empty proof and of one that is not good, for the platforms that the local bundle plays.
PLAYED = {
    "google": ("google_token_empty", "google_token_not_valid"),
    "apple": ("apple_token_empty", "apple_token_not_valid"),
    "epic": ("epic_token_empty", "epic_v2_token_invalid"),
    "nintendo_switch": ("nintendo_token_empty", "nintendo_service_access_token_not_valid"),
    "steam": ("steam_token_empty", "steam_token_invalid"),
    "discord": ("discord_token_empty", "discord_token_invalid"),
    "twitch": ("twitch_token_empty", "twitch_token_invalid"),
}


def classes(oracle: Oracle, request: Request, theirs: Answer, ours: Answer) -> list[str] | None:
    """The names of the classes that explain the answers: none where they agree, `None` where nothing explains them."""
    if agree(request, theirs, ours):
        return []
    difference = next((difference for difference in DIFFERENCES if difference.applies(request)), None)
    if difference is None or not difference.theirs(request, theirs):
        return None
    expected = difference.ours(request, theirs)
    if isinstance(expected, Answer):
        return [difference.name] if ours == expected else None
    # Another class may explain the rest.
    rest = classes(oracle, expected, oracle.answer(expected), ours)
    return None if rest is None else [difference.name, *rest]


def agree(request: Request, theirs: Answer, ours: Answer) -> bool:
    """A 422 must be the same byte for byte. A request that FastAPI accepts must reach the data here."""
    match theirs.status:
        case 422:
            return ours == theirs
        case 200:
            return _accepts(request, json.loads(theirs.text), ours)
        case _:
            return False


def _accepts(request: Request, values: dict[str, Any], ours: Answer) -> bool:
    """Whether this is an answer to a request with these values."""
    verdict = (ours.status, ours.json.get("error_code") if ours.status >= 400 else None)
    match request.endpoint:
        case Endpoint.CREATE:
            taken = verdict == (409, "user_already_exists")
            return taken or (ours.status == 201 and {name: ours.json.get(name) for name in values} == values)
        case Endpoint.DISABLE:
            # An empty id names an account, which does not exist.
            named = values["person_id"] or (values["platform"] and values["platform_user_id"] is not None)
            codes = ("account_not_found", "cannot_modify_person", "not_cross_progression_player")
            # The tokens here belong to no user, so a request without a target has none.
            return verdict in ([(400, code) for code in codes] if named else [(400, "invalid_token_claims")])
        case Endpoint.PURGE:
            found = ours.status == 202 and ours.json["person_id"] == values["person_id"]
            return found or verdict == (404, "person_not_found")
        case Endpoint.LOGIN:
            return _logs_in(values, ours)
        case Endpoint.LOGOUT:
            return ours == Answer(200, "null")
        case Endpoint.TOKEN:
            return ours.status == 200 and ours.json["token_type"] == "Bearer"


def _logs_in(values: dict[str, Any], ours: Answer) -> bool:
    """Whether this is an answer to a login with these values. No text here is a good proof of a platform."""
    grant, proof = values["grant_type"], values["portal_access_token"]
    match grant:
        case "anon" if proof:
            name = values["portal_display_name"][:NAME_MAX]
            # A login without a name leaves a known user's own.
            shown = {"portal_user_id": proof} | ({"display_name": name} if name else {})
            of_user = ours.status == 200 and {name: ours.json.get(name) for name in shown} == shown
            return of_user and ("refresh_token" in ours.json) == values["include_refresh"]
        case "client_credentials":
            return ours.status == 200 and not {"portal_user_id", "refresh_token"} & ours.json.keys()
        case "anon":
            code = "anon_token_empty"
        case "refresh":
            code = "refresh_token_not_found" if proof else "refresh_token_empty"
        case _ if grant in PLAYED:
            empty, invalid = PLAYED[grant]
            code = invalid if proof else empty
        case _:
            code = f"{DISABLED.get(grant, grant)}_disabled"
    return (ours.status, ours.json.get("error_code")) == (403, code)
