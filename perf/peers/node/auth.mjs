// Verifies bearer tokens, with keys that are parsed once.

import { createHash } from "node:crypto";
import { decodeProtectedHeader, errors, importJWK, jwtVerify } from "jose";
import { Refusal, authRefusal, invalidClaim } from "./errors.mjs";

const { AUTH_JWKS, AUTH_ISSUER, AUTH_AUDIENCE } = process.env;
const MAX_TOKEN_BYTES = 8 * 1024;
const ALGORITHMS = { RSA: "RS256", EC: "ES256", OKP: "EdDSA" };
const OPTIONS = { issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE, clockTolerance: 5, requiredClaims: ["exp", "sub"] };

const KEYS = new Map();
for (const jwk of JSON.parse(AUTH_JWKS).keys) {
  const alg = jwk.alg ?? ALGORITHMS[jwk.kty];
  KEYS.set(jwk.kid, { key: await importJWK(jwk, alg), options: { ...OPTIONS, algorithms: [alg] } });
}

export async function authenticate(authorization) {
  const claims = await verify(bearerToken(authorization));
  if ("ver" in claims && claims.ver !== 1) throw authRefusal("auth_invalid_version", "Invalid Authorization - version");
  if ("token_type" in claims && claims.token_type !== "access")
    throw authRefusal("auth_token_invalid_type", "Invalid Authorization - Invalid Token Type");
  const permissions = claims.permissions ?? [];
  if (!Array.isArray(permissions) || !permissions.every((held) => typeof held === "string"))
    throw invalidClaim("permissions");
  const actor = createHash("sha256").update(`${claims.iss}\n${claims.sub}`).digest("hex").slice(0, 16);
  return { actor, permissions };
}

export function permit(caller, needed, documented) {
  if (!caller.permissions.some((held) => covers(held, needed)))
    throw new Refusal(403, "insufficient_permissions", `Insufficient Permissions - Expected any of: ${documented}`);
}

function bearerToken(authorization) {
  if (authorization === undefined) throw authRefusal("auth_token_format", "Invalid Authorization - missing");
  const [scheme, token, ...more] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() !== "bearer" || !token || more.length || token.includes(","))
    throw authRefusal("auth_token_format", "Invalid Authorization - expected Bearer and one token");
  if (token.length > MAX_TOKEN_BYTES) throw authRefusal("auth_token_unknown", "Failed to parse token");
  if (token.split(".").length !== 3) throw authRefusal("auth_not_jwt", "Invalid Authorization");
  return token;
}

async function verify(token) {
  try {
    const known = KEYS.get(decodeProtectedHeader(token).kid);
    if (!known) throw authRefusal("auth_invalid_key_id", "Invalid Authorization - Invalid Key ID in Access Token");
    return (await jwtVerify(token, known.key, known.options)).payload;
  } catch (error) {
    throw error instanceof Refusal ? error : refusalOf(error);
  }
}

function refusalOf(error) {
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed)
    return authRefusal("auth_token_sig_invalid", "Token Signature is invalid");
  if (error instanceof errors.JWTExpired) return authRefusal("auth_token_expired", "Token is expired");
  const isMissing = error.reason === "missing" && error.claim !== "aud";
  if (error instanceof errors.JWTClaimValidationFailed && !isMissing) return invalidClaim(error.claim);
  return authRefusal("auth_malformed_access", "Invalid Authorization - malformed access token");
}

/** A `*` covers one segment in the middle, and one or more at the end. */
function covers(held, needed) {
  const have = held.split(":");
  let need = needed.split(":");
  if (have.at(-1) === "*" && need.length >= have.length) need = need.slice(0, have.length);
  return have.length === need.length && have.every((part, index) => part === "*" || part === need[index]);
}
