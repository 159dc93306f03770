// The tables: one transaction for a new user, and player ids leased in blocks.

import { createHash, randomUUID } from "node:crypto";
import {
  DynamoDBClient,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { userAlreadyExists } from "./errors.mjs";

const { PERSONS_TABLE, USERS_TABLE, IDENTITIES_TABLE, SEQUENCES_TABLE } = process.env;
const [FIRST_BLOCK, LARGEST_BLOCK, QUICK_MS, LAST_PLAYER_ID] = [8, 256, 60_000, 2 ** 31 - 1];

// The client keeps connections alive by itself.
const client = new DynamoDBClient({
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 1000 },
});

const block = { next: 0, end: 0, size: 0, leased: 0, lease: undefined };

async function nextPlayerId() {
  while (block.next === block.end) {
    block.lease ??= lease().finally(() => (block.lease = undefined));
    await block.lease;
  }
  return block.next++;
}

async function lease() {
  const now = performance.now();
  const quick = block.size > 0 && now < block.leased + QUICK_MS;
  const size = quick ? Math.min(block.size * 2, LARGEST_BLOCK) : FIRST_BLOCK;
  const { Attributes } = await client.send(
    new UpdateItemCommand({
      TableName: SEQUENCES_TABLE,
      Key: { name: { S: "player_id" } },
      UpdateExpression: "SET #next = if_not_exists(#next, :first) + :count",
      ConditionExpression: "attribute_not_exists(#next) OR #next <= :last_start",
      ExpressionAttributeNames: { "#next": "next" },
      ExpressionAttributeValues: {
        ":first": { N: "1" },
        ":count": { N: `${size}` },
        ":last_start": { N: `${LAST_PLAYER_ID - size + 1}` },
      },
      ReturnValues: "ALL_NEW",
    }),
  );
  const end = Number(Attributes.next.N);
  Object.assign(block, { next: end - size, end, size, leased: now });
}

export async function createUser({ platform, platform_user_id, display_name }) {
  const player_id = await nextPlayerId();
  const [player_uuid, person_id, operation] = [randomUUID(), randomUUID(), randomUUID()];
  const identity = { S: `${platform}#${createHash("sha256").update(platform_user_id).digest("base64url")}` };
  const ids = { player_uuid: { S: player_uuid }, player_id: { N: `${player_id}` } };
  const now = { N: `${Date.now()}` };
  const operations = { L: Array(8).fill({ B: Buffer.from(operation.replaceAll("-", ""), "hex") }) };
  const person = {
    person_id: { S: person_id },
    users: { M: { [platform]: { M: { identity, ...ids } } } },
    version: { N: "1" },
    operations,
  };
  const user = {
    ...ids,
    platform: { S: platform },
    platform_user_id: { S: platform_user_id },
    person_id: { S: person_id },
    state: { S: "active" },
    sequence: { N: "1" },
    sessions: { M: {} },
    created: now,
    changed: now,
    operations,
    ...(display_name != null && { display_name: { S: display_name } }),
  };
  const items = [
    put(IDENTITIES_TABLE, "identity", { identity, person_id: { S: person_id }, ...ids }),
    put(PERSONS_TABLE, "person_id", person),
    put(USERS_TABLE, "player_uuid", user),
  ];
  try {
    await client.send(new TransactWriteItemsCommand({ ClientRequestToken: operation, TransactItems: items }));
  } catch (error) {
    if (isTaken(error)) throw userAlreadyExists();
    throw error;
  }
  return { player_id, player_uuid, person_id };
}

const put = (TableName, key, Item) => ({
  Put: {
    TableName,
    Item,
    ConditionExpression: `attribute_not_exists(#${key})`,
    ExpressionAttributeNames: { [`#${key}`]: key },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  },
});

const isTaken = (error) =>
  error instanceof TransactionCanceledException && error.CancellationReasons?.[0]?.Code === "ConditionalCheckFailed";
