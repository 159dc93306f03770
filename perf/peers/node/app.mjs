// POST /users/v1/platform-user, for the server and for Lambda.

import { authenticate, permit } from "./auth.mjs";
import { Refusal, unavailable } from "./errors.mjs";
import { createUser } from "./store.mjs";
import { createRequest } from "./validation.mjs";

/** `{ status, body }`, and one line of JSON in the log without personal data. */
export async function respond({ authorization, text, requestId }) {
  const started = performance.now();
  const line = { level: "INFO", action: "create-platform-user", request_id: requestId };
  const reply = await create(authorization, text, line).catch((error) => refused(error, line));
  line.status = reply.status;
  line.duration_ms = Math.floor(performance.now() - started);
  process.stdout.write(`${JSON.stringify({ ...line, message: "request" })}\n`);
  return { status: reply.status, body: JSON.stringify(reply.body) };
}

async function create(authorization, text, line) {
  const caller = await authenticate(authorization);
  line.actor = caller.actor;
  permit(caller, "user:platform:create", "user:platform:create, user:*");
  const { platform, platform_user_id, display_name } = createRequest(text);
  const created = await createUser({ platform, platform_user_id, display_name });
  line.subject = created.player_uuid;
  line.person = created.person_id;
  return { status: 201, body: { platform, platform_user_id, display_name: display_name ?? undefined, ...created } };
}

function refused(error, line) {
  const refusal = error instanceof Refusal ? error : unavailable(line.request_id);
  line.code = refusal.code;
  if (refusal !== error) line.error = error.name;
  return refusal;
}
