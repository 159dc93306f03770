// An issuer of tokens with a key of its own. As a program it makes the key in this folder, and prints its key set.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

const FILE = "issuer.pem";

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(FILE, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const jwk = createPublicKey(privateKey).export({ format: "jwk" });
  console.log(JSON.stringify({ keys: [{ ...jwk, kid: "issuer" }] }));
}

/** A token of these claims, by the key in this folder. */
export function mint(folder, claims) {
  const key = createPrivateKey(readFileSync(join(folder, FILE)));
  const message = [{ alg: "ES256", kid: "issuer" }, claims].map(encoded).join(".");
  const signature = sign("sha256", Buffer.from(message), { key, dsaEncoding: "ieee-p1363" });
  return `${message}.${signature.toString("base64url")}`;
}

function encoded(part) {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
