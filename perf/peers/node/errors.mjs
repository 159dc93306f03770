// The refusals of the endpoint, with the texts of RallyHere's Users API.

export class Refusal extends Error {
  constructor(status, code, desc, authSuccess = true) {
    super(code);
    Object.assign(this, { status, code });
    this.body = { auth_success: authSuccess, error_code: code, desc };
  }
}

export const authRefusal = (code, desc) => new Refusal(403, code, desc, false);
export const invalidClaim = (name) =>
  authRefusal("auth_token_invalid_claim", `Token contained invalid claim value: ${name}`);
export const userAlreadyExists = () => new Refusal(409, "user_already_exists", "User already exists");
export const unavailable = (requestId) => new Refusal(503, "unavailable", `Try again (request ${requestId})`);

/** 422 as FastAPI has it. */
export const invalid = (detail) => Object.assign(new Refusal(422, "validation_error", ""), { body: { detail } });
