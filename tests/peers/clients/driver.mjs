// Lets check.py call the TypeScript program of docs/clients.md: a line of JSON asks, a line of JSON answers.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [program, issuer, audience, client] = process.argv.slice(2);
const { players } = await import(pathToFileURL(program));
const player = players(issuer, audience, client);

/** How far the clock of this process is ahead, in milliseconds. */
let ahead = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...time) {
    super(...(time.length ? time : [RealDate.now() + ahead]));
  }

  static now() {
    return RealDate.now() + ahead;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  ahead += 1000 * asked.pass;
  const answer = await player(asked.token, asked.now).then(
    (player) => ({ player }),
    (error) => ({ refused: String(error) }),
  );
  console.log(JSON.stringify(answer));
}
