// Returns the body, or the list of its problems.

import { invalid } from "./errors.mjs";

const PLATFORMS = new Set(
  ("Anon Basic XboxLive PSN NintendoNAID NintendoSwitch NintendoPPID Google GooglePlay Apple Epic Steam Amazon Twitch " +
    "RallyHere LegacyName AndroidDevice iosDevice Discord").split(" "),
);

export function createRequest(text) {
  const body = parse(text);
  const problems = [];
  const problem = (name, type, msg) => problems.push({ type, loc: ["body", name], msg, input: body[name] ?? body });
  if (!("platform" in body)) problem("platform", "missing", "Field required");
  else if (!PLATFORMS.has(body.platform)) problem("platform", "enum", "Input should be a platform");
  if (!("platform_user_id" in body)) problem("platform_user_id", "missing", "Field required");
  else checkText(problem, "platform_user_id", body.platform_user_id, 1, 2048);
  if (body.display_name !== undefined && body.display_name !== null)
    checkText(problem, "display_name", body.display_name, 0, 256);
  if (problems.length) throw invalid(problems);
  return body;
}

function parse(text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw invalid([{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", ctx: { error: error.name } }]);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid([{ type: "model_attributes_type", loc: ["body"], msg: "Input should be an object", input: body }]);
  return body;
}

function checkText(problem, name, value, least, most) {
  if (typeof value !== "string") return problem(name, "string_type", "Input should be a valid string");
  // A text has at least as many UTF-16 units as characters, so most texts need no count of characters.
  const length = value.length > most ? [...value].length : value.length;
  if (length < least) problem(name, "string_too_short", `String should have at least ${least} character`);
  if (length > most) problem(name, "string_too_long", `String should have at most ${most} characters`);
}
