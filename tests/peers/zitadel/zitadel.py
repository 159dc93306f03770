"""Runs ZITADEL's official Python client against a bundle. run.py starts it and passes its URL."""

import base64
import json
import os
import sys
import traceback
import urllib.request
import uuid

import zitadel_client
from zitadel_client import models
from zitadel_client.auth.no_auth_authenticator import NoAuthAuthenticator
from zitadel_client.exceptions import ApiError

URL = os.environ["ROSTER_URL"]
ADMIN, WRITER, READER = (os.environ[name] for name in ("ROSTER_ADMIN", "ROSTER_WRITER", "ROSTER_READER"))

# The methods, each with its request and the error id for an unknown user.
OPERATIONS = {
    "deactivate_user": (models.UserServiceDeactivateUserRequest, "DeactivateUserRequest", "COMMAND-5gp2p62iin"),
    "reactivate_user": (models.UserServiceReactivateUserRequest, "ReactivateUserRequest", "COMMAND-9hy5kzbuk6"),
    "lock_user": (models.UserServiceLockUserRequest, "LockUserRequest", "COMMAND-450yxuqrh1"),
    "unlock_user": (models.UserServiceUnlockUserRequest, "UnlockUserRequest", "COMMAND-x377t913pw"),
}
SHOW = {"get_user_by_id": (models.UserServiceGetUserByIDRequest, "GetUserByIDRequest", "QUERY-Dfbg2")}

# The changes that lead to a state, and a change that is refused in it.
REFUSALS = [
    ([], "reactivate_user", "COMMAND-s5qqcz97hf", "User is not inactive"),
    ([], "unlock_user", "COMMAND-olb9vb0oca", "User is not locked"),
    (["deactivate_user"], "deactivate_user", "COMMAND-5gunjw0cd7", "User already inactive"),
    (["deactivate_user"], "lock_user", "COMMAND-lgws8wtsqf", "User is not active or initial"),
    (["deactivate_user"], "unlock_user", "COMMAND-olb9vb0oca", "User is not locked"),
    (["lock_user"], "lock_user", "COMMAND-lgws8wtsqf", "User is not active or initial"),
    (["lock_user"], "reactivate_user", "COMMAND-s5qqcz97hf", "User is not inactive"),
]


TESTS = []


def test(function):
    TESTS.append(function)
    return function


@test
def each_change_of_state_succeeds_and_counts_on():
    user, last = create_user(), None
    for operation in ("deactivate_user", "reactivate_user", "lock_user", "unlock_user"):
        details = call(operation, user["player_uuid"]).details
        equal(details.resource_owner, user["person_id"])
        equal(details.sequence, str(int(last.sequence) + 1) if last else "2")
        assert details.creation_date <= details.change_date
        if last:
            equal(details.creation_date, last.creation_date)
            assert last.change_date <= details.change_date
        last = details


@test
def what_does_not_fit_the_state_is_refused_with_its_detail():
    for before, operation, error_id, text in REFUSALS:
        user_id = create_user()["player_uuid"]
        for step in before:
            call(step, user_id)
        refused(400, "failed_precondition", text, operation, user_id, error_id=error_id)


@test
def an_unknown_user_is_refused_with_the_operations_own_id():
    for operation, (_, _, error_id) in OPERATIONS.items():
        for user_id in (str(uuid.uuid4()), "not a uuid", "🎮" * 200):
            refused(404, "not_found", "User could not be found", operation, user_id, error_id=error_id)


@test
def a_call_without_a_token_is_refused():
    user_id = create_user()["player_uuid"]
    for operation in OPERATIONS:
        refused(401, "unauthenticated", "auth header missing", operation, user_id, token=None)


@test
def a_bad_token_is_refused():
    user_id = create_user()["player_uuid"]
    for operation in OPERATIONS:
        for token in (tampered(WRITER), "opaque"):
            text = "Errors.Token.Invalid"
            refused(401, "unauthenticated", text, operation, user_id, token=token, error_id="AUTH-7fs1e")
        text = "invalid auth header"
        refused(401, "unauthenticated", text, operation, user_id, token=f"{WRITER} x", error_id="AUTH-toLo1")


@test
def without_permission_nobody_learns_whether_a_user_exists():
    for operation in OPERATIONS:
        for user_id in (create_user()["player_uuid"], str(uuid.uuid4())):
            text = "No matching permissions found"
            refused(403, "permission_denied", text, operation, user_id, token=READER, error_id="AUTH-AWfge")


@test
def a_user_is_shown_as_a_human_with_names_and_state():
    user = create_user()
    user_id = user["player_uuid"]
    shown = call("get_user_by_id", user_id.upper(), READER)
    equal(shown.details, shown.user.details)
    equal((shown.user.details.resource_owner, shown.user.details.sequence), (user["person_id"], "1"))
    human = shown.user.human
    for named in (shown.user, human):
        equal((named.user_id, named.state.value), (user_id, "USER_STATE_ACTIVE"))
        equal((named.username, named.login_names, named.preferred_login_name), (user_id, [user_id], user_id))
    equal(human.profile.display_name, user_id)
    assert shown.user.machine is None
    refused(404, "not_found", "User could not be found", "get_user_by_id", str(uuid.uuid4()), error_id="QUERY-Dfbg2", token=READER)


@test
def an_id_that_is_empty_or_over_200_characters_is_refused():
    for operation, (_, request, _) in OPERATIONS.items():
        text = f"invalid {request}.UserId: value length must be between 1 and 200 runes, inclusive"
        for user_id in ("x" * 201, "🎮" * 201, "", None):
            refused(400, "invalid_argument", text, operation, user_id)


@test
def the_token_is_looked_at_before_the_id_and_the_id_before_the_permission():
    equal(refusal("deactivate_user", "x" * 201, None).code, 401)
    equal(refusal("deactivate_user", "x" * 201, READER).code, 400)


def call(operation, user_id, token=WRITER):
    if token is None:
        client = zitadel_client.Zitadel(NoAuthAuthenticator(URL))
    else:
        client = zitadel_client.Zitadel.with_access_token(URL, token)
    request, _, _ = (OPERATIONS | SHOW)[operation]
    return getattr(client.users, operation)(request(userId=user_id))


def refused(status, code, text, operation, user_id, *, token=WRITER, error_id=None):
    """Checks that a call fails with this error, as the client's own model reads it."""
    error = refusal(operation, user_id, token)
    equal(error.code, status)
    read = models.UserServiceConnectError.from_dict(error.response_body)
    details = [(detail.type, detail.value) for detail in read.details or []]
    if error_id is None:
        equal((read.code, read.message, details), (code, text, []))
    else:
        detail = ("zitadel.v1.ErrorDetail", error_detail(error_id, text))
        equal((read.code, read.message, details), (code, f"{text} ({error_id})", [detail]))


def refusal(operation, user_id, token):
    try:
        answer = call(operation, user_id, token)
    except ApiError as error:
        return error
    raise AssertionError(f"{operation} succeeded: {answer}")


def error_detail(error_id, text):
    """`zitadel.v1.ErrorDetail` as Connect's JSON has it: unpadded base64 of two short strings, fields 1 and 2."""
    fields = ((0x0A, error_id.encode()), (0x12, text.encode()))
    message = b"".join(bytes([tag, len(value)]) + value for tag, value in fields)
    return base64.b64encode(message).decode().rstrip("=")


def create_user():
    body = json.dumps({"platform": "Steam", "platform_user_id": str(uuid.uuid4())}).encode()
    headers = {"authorization": f"Bearer {ADMIN}", "content-type": "application/json"}
    request = urllib.request.Request(f"{URL}/users/v1/platform-user", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def tampered(token):
    """The token with another signature."""
    at = token.rindex(".") + 10
    return token[:at] + ("B" if token[at] == "A" else "A") + token[at + 1 :]


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def main():
    failures = 0
    for function in TESTS:
        try:
            function()
        except Exception:
            failures += 1
            print(f"not ok {function.__name__}")
            traceback.print_exc(file=sys.stdout)
        else:
            print(f"ok {function.__name__}")
    print(f"{len(TESTS) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
