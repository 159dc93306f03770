"""The refusals of the endpoint, with the texts of RallyHere's Users API."""


class Refusal(Exception):
    """A refusal with its status, `error_code` and `desc`."""

    def __init__(self, status: int, code: str, desc: str, auth_success: bool = True) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.desc = desc
        self.auth_success = auth_success

    def body(self) -> dict:
        return {"auth_success": self.auth_success, "error_code": self.code, "desc": self.desc}


class AuthRefusal(Refusal):
    """403: the token is not valid."""

    def __init__(self, code: str, desc: str) -> None:
        super().__init__(403, code, desc, auth_success=False)


def user_already_exists() -> Refusal:
    return Refusal(409, "user_already_exists", "User already exists")


def unavailable(request_id: str) -> Refusal:
    return Refusal(503, "unavailable", f"Try again (request {request_id})")
