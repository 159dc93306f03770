"""The tables: one transaction for a new user, and player ids leased in blocks."""

import base64
import hashlib
import threading
import time
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import settings
from errors import user_already_exists

FIRST_BLOCK, LARGEST_BLOCK, QUICK_SECONDS = 8, 256, 60
LAST_PLAYER_ID = 2**31 - 1

CLIENT = boto3.client(
    "dynamodb",
    config=Config(
        connect_timeout=1,
        read_timeout=1,
        retries={"mode": "standard", "max_attempts": 6},
        max_pool_connections=50,
        tcp_keepalive=True,
    ),
)


class PlayerIds:
    """Ids from a leased block, for all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = self._end = self._size = 0
        self._leased = 0.0

    def next(self) -> int:
        with self._lock:
            if self._next == self._end:
                self._lease()
            self._next += 1
            return self._next - 1

    def _lease(self) -> None:
        now = time.monotonic()
        quick = self._size > 0 and now < self._leased + QUICK_SECONDS
        size = min(self._size * 2, LARGEST_BLOCK) if quick else FIRST_BLOCK
        answer = CLIENT.update_item(
            TableName=settings.SEQUENCES_TABLE,
            Key={"name": {"S": "player_id"}},
            UpdateExpression="SET #next = if_not_exists(#next, :first) + :count",
            ConditionExpression="attribute_not_exists(#next) OR #next <= :last_start",
            ExpressionAttributeNames={"#next": "next"},
            ExpressionAttributeValues={
                ":first": {"N": "1"},
                ":count": {"N": str(size)},
                ":last_start": {"N": str(LAST_PLAYER_ID - size + 1)},
            },
            ReturnValues="ALL_NEW",
        )
        self._end = int(answer["Attributes"]["next"]["N"])
        self._next, self._size, self._leased = self._end - size, size, now


PLAYER_IDS = PlayerIds()


def create_user(platform: str, platform_user_id: str, display_name: str | None) -> dict:
    player_id = PLAYER_IDS.next()
    player_uuid, person_id, operation = str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4())
    now = {"N": str(time.time_ns() // 1_000_000)}
    digest = base64.urlsafe_b64encode(hashlib.sha256(platform_user_id.encode()).digest()).rstrip(b"=")
    identity = {"S": f"{platform}#{digest.decode()}"}
    ids = {"player_uuid": {"S": player_uuid}, "player_id": {"N": str(player_id)}}
    operations = {"L": [{"B": uuid.UUID(operation).bytes}] * 8}
    claim = {"identity": identity, "person_id": {"S": person_id}, **ids}
    person = {
        "person_id": {"S": person_id},
        "users": {"M": {platform: {"M": {"identity": identity, **ids}}}},
        "version": {"N": "1"},
        "operations": operations,
    }
    user = {
        **ids,
        "platform": {"S": platform},
        "platform_user_id": {"S": platform_user_id},
        "person_id": {"S": person_id},
        "state": {"S": "active"},
        "sequence": {"N": "1"},
        "sessions": {"M": {}},
        "created": now,
        "changed": now,
        "operations": operations,
    }
    if display_name is not None:
        user["display_name"] = {"S": display_name}
    try:
        CLIENT.transact_write_items(
            ClientRequestToken=operation,
            TransactItems=[
                put(settings.IDENTITIES_TABLE, "identity", claim),
                put(settings.PERSONS_TABLE, "person_id", person),
                put(settings.USERS_TABLE, "player_uuid", user),
            ],
        )
    except ClientError as error:
        if identity_is_taken(error):
            raise user_already_exists() from None
        raise
    return {"player_id": player_id, "player_uuid": player_uuid, "person_id": person_id}


def put(table: str, key: str, item: dict) -> dict:
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": f"attribute_not_exists(#{key})",
            "ExpressionAttributeNames": {f"#{key}": key},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def identity_is_taken(error: ClientError) -> bool:
    reasons = error.response.get("CancellationReasons") or [{}]
    return reasons[0].get("Code") == "ConditionalCheckFailed"
