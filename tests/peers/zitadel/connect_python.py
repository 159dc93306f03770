"""Connect's own Python client against a running bundle; run.py starts it and says where it is.

It compresses every request with gzip, unless it is told not to. The messages are written out here, by their numbers.
"""

import json
import os
import sys
import traceback
import urllib.request
import uuid

from connectrpc.client import ConnectClientSync
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo
from connectrpc.protocol import ProtocolType
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

URL = os.environ["ROSTER_URL"]
ADMIN, WRITER, READER = (os.environ[name] for name in ("ROSTER_ADMIN", "ROSTER_WRITER", "ROSTER_READER"))
SERVICE = "zitadel.user.v2.UserService"
FIELD = descriptor_pb2.FieldDescriptorProto
TEXT, NUMBER, MESSAGE = FIELD.TYPE_STRING, FIELD.TYPE_UINT64, FIELD.TYPE_MESSAGE
MESSAGES = {
    "UserRequest": [("user_id", 1, TEXT, None)],
    "Details": [("sequence", 1, NUMBER, None), ("resource_owner", 3, TEXT, None)],
    "User": [("user_id", 1, TEXT, None), ("details", 8, MESSAGE, ".roster.Details")],
    "UserResponse": [("details", 1, MESSAGE, ".roster.Details"), ("user", 2, MESSAGE, ".roster.User")],
}
CLIENTS = [
    ("Connect", {}),
    ("Connect without compression", {"send_compression": None}),
    ("gRPC-Web", {"protocol": ProtocolType.GRPC_WEB}),
]


def message(name):
    file = descriptor_pb2.FileDescriptorProto(name="roster.proto", package="roster", syntax="proto3")
    for message_name, fields in MESSAGES.items():
        added = file.message_type.add(name=message_name)
        for field, number, kind, of in fields:
            added.field.add(name=field, number=number, type=kind, type_name=of, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"roster.{name}"))


REQUEST, RESPONSE = message("UserRequest"), message("UserResponse")


def call(options, operation, user_id, token):
    method = MethodInfo(
        name=operation,
        service_name=SERVICE,
        input=REQUEST,
        output=RESPONSE,
        idempotency_level=IdempotencyLevel.UNKNOWN,
    )
    headers = {"authorization": f"Bearer {token}"}
    with ConnectClientSync(URL, **options) as client:
        return client.execute_unary(request=REQUEST(user_id=user_id), method=method, headers=headers)


def is_served(options):
    user = create_user()
    user_id = user["player_uuid"]
    for count, operation in enumerate(("DeactivateUser", "ReactivateUser", "LockUser", "UnlockUser"), 2):
        details = call(options, operation, user_id, WRITER).details
        equal((details.sequence, details.resource_owner), (count, user["person_id"]))
    shown = call(options, "GetUserByID", user_id, READER).user
    equal((shown.user_id, shown.details.sequence), (user_id, 5))
    try:
        call(options, "UnlockUser", user_id, WRITER)
    except ConnectError as error:
        equal((error.code, error.message), (Code.FAILED_PRECONDITION, "User is not locked (COMMAND-olb9vb0oca)"))
    else:
        raise AssertionError("an active user was unlocked")


def create_user():
    body = json.dumps({"platform": "Steam", "platform_user_id": str(uuid.uuid4())}).encode()
    headers = {"authorization": f"Bearer {ADMIN}", "content-type": "application/json"}
    request = urllib.request.Request(f"{URL}/users/v1/platform-user", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def main():
    failures = 0
    for name, options in CLIENTS:
        try:
            is_served(options)
        except Exception:
            failures += 1
            print(f"not ok {name}")
            traceback.print_exc(file=sys.stdout)
        else:
            print(f"ok {name}")
    print(f"{len(CLIENTS) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
