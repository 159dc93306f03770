// Uses of the types in a TypeScript program, which the compiler checks. generated.py puts the types beside this file.
import type { components, operations } from "./roster";

type Schemas = components["schemas"];
type Body<Id extends keyof operations> =
  NonNullable<operations[Id]["requestBody"]> extends { content: { "application/json": infer Body } } ? Body : never;
type ResponseBody<Id extends keyof operations, Status extends keyof operations[Id]["responses"]> =
  operations[Id]["responses"][Status] extends { content: { "application/json": infer Body } } ? Body : never;
type Same<A, B> = [A, B] extends [B, A] ? true : false;

export const create: Body<"create-platform-user"> = { platform: "Steam", platform_user_id: "1" };
export const link = (user: ResponseBody<"create-platform-user", 201>): Body<"link-platform-user"> => ({
  leader_person_id: user.person_id,
  follower_platform: user.platform,
  follower_platform_user_id: user.platform_user_id,
});
export const unlink: Body<"unlink-platform-user"> = {};
export const queue: Body<"queue-person-purge"> = { suggested_purge_time: "2099-12-06T09:00:00Z" };
export const lock: Body<"lock-user-rpc"> = { userId: "1" };

export const refusals: [
  Same<ResponseBody<"link-platform-user", 400>, Schemas["RallyHereError"]>,
  Same<ResponseBody<"link-platform-user", 422>, Schemas["ValidationError"]>,
  Same<ResponseBody<"get-user", 404>, Schemas["ZitadelError"]>,
  Same<ResponseBody<"get-user-rpc", 404>, Schemas["ZitadelError"]>,
] = [true, true, true, true];

// @ts-expect-error A number is not a body.
export const number: Body<"link-platform-user"> = 1;
// @ts-expect-error There is no such platform.
export const platform: Body<"create-platform-user"> = { platform: "Xbox", platform_user_id: "1" };
