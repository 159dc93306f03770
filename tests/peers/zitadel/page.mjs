// Runs in the browser and makes a page's calls. Each returns plain data. browser.mjs bundles this and calls it.
import { ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { NewAuthorizationBearerInterceptor } from "@zitadel/client";
import { createUserServiceClient } from "@zitadel/client/v2";
import { createClientTransport } from "@zitadel/client/web";
import { ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";

const transports = {
  "gRPC-Web": ({ baseUrl, token }) => createClientTransport(token, { baseUrl }),
  "Connect with JSON": (to) => connect(to, false),
  "Connect with protobuf": (to) => connect(to, true),
};

function connect({ baseUrl, token }, useBinaryFormat) {
  return createConnectTransport({ baseUrl, useBinaryFormat, interceptors: [NewAuthorizationBearerInterceptor(token)] });
}

globalThis.roster = {
  // Over `fetch`: status, the headers that the page may read, and the body.
  async rest({ url, ...init }) {
    try {
      const answer = await fetch(url, init);
      const text = await answer.text();
      return { type: answer.type, status: answer.status, headers: Object.fromEntries(answer.headers), text };
    } catch (error) {
      return { refused: error.name };
    }
  },

  // By a client of the user service: the user's sequence, or the error with its details.
  async call({ transport, to, operation, userId, options }) {
    const made = transports[transport](to);
    const client = transport === "gRPC-Web" ? createUserServiceClient(made) : createClient(UserService, made);
    try {
      const { details } = await client[operation]({ userId }, options);
      return { sequence: Number(details.sequence) };
    } catch (error) {
      // A call that never got an answer has no code of the service.
      const { code, rawMessage, metadata } = ConnectError.from(error);
      const found = ConnectError.from(error).findDetails(ErrorDetailSchema);
      const details = found.map(({ id, message }) => ({ id, message }));
      return { code, message: rawMessage, details, retryAfter: metadata.get("retry-after") };
    }
  },
};
