"""Generates a client in Python and types for TypeScript, and uses both.

Runs in a folder of its own, where it leaves what it generates. A warning of a generator is a failure, unless it is
about a content type beside JSON, and so is an operation that the client lacks.
"""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[2] / "openapi.yaml"
# The client supports JSON only, and prints a warning for each other content type.
LEFT_OUT = re.compile(
    r"^WARNING parsing POST \S+ within user_state\.\n\n"
    r"Unsupported content type application/(?:proto|grpc-web|grpc-web\+proto)\n\n\{.*?\n\}\n",
    re.MULTILINE | re.DOTALL,
)
FRAME = (
    "Generating roster",
    "Warning(s) encountered while generating. Client was generated, but some pieces may be missing",
    "If you believe this was a mistake or this tool is missing a feature you need, please open an issue at "
    "https://github.com/openapi-generators/openapi-python-client/issues/new/choose",
)
METHODS = {"get", "post", "put", "delete", "patch"}


def main() -> None:
    expected = operations()
    python_client(expected)
    typescript_types(expected)
    sys.path.insert(0, str(Path.cwd()))
    use()
    print(f"{len(expected)} operations in Python and in TypeScript")


def operations() -> set[str]:
    paths = yaml.safe_load(DOCUMENT.read_text())["paths"].values()
    return {path[method]["operationId"] for path in paths for method in METHODS & path.keys()}


def python_client(expected: set[str]) -> None:
    tool = (sys.executable, "-m", "openapi_python_client", "generate")
    generated = run(*tool, "--path", DOCUMENT, "--meta", "none", "--output-path", "roster")
    unexpected = set(LEFT_OUT.sub("", generated).splitlines()) - {"", *FRAME}
    assert not unexpected, generated
    # A file for each operation.
    modules = {file.stem.replace("_", "-") for file in Path("roster/api").glob("*/*.py") if file.stem != "__init__"}
    assert modules == expected, f"missing: {expected - modules}, unknown: {modules - expected}"


def typescript_types(expected: set[str]) -> None:
    modules = HERE.parent / "node_modules"
    generated = run("node", modules / "openapi-typescript/bin/cli.js", DOCUMENT, "--output", "roster.d.ts")
    assert "warn" not in generated.lower(), generated
    _, _, body = Path("roster.d.ts").read_text().partition("export interface operations {")
    typed = set(re.findall(r'^    "?([a-z-]+)"?: \{$', body, re.MULTILINE))
    assert typed == expected, f"missing: {expected - typed}, unknown: {typed - expected}"
    Path("generated.ts").write_text((HERE / "generated.ts").read_text())
    # Without `skipLibCheck` the types themselves are checked too.
    run("node", modules / "typescript/bin/tsc", "--noEmit", "--strict", "--target", "es2022", "generated.ts")


def run(*line: str | Path) -> str:
    # The generator formats with the `ruff` in its folder. The terminal is wide, so that no line is broken.
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": tools, "COLUMNS": "1000", "NO_COLOR": "1"}
    done = subprocess.run(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{line[0]} {line[1]}: {done.stdout}"
    return done.stdout


def use() -> None:
    """A person from its creation to a purge that is cancelled, and a refusal of each kind."""
    from roster import AuthenticatedClient, models
    from roster.api.cross_progression import disable_cross_progression, enable_cross_progression
    from roster.api.links import get_player_links, link_platform_user, unlink_platform_user
    from roster.api.platform_users import create_platform_user
    from roster.api.purges import cancel_person_purge, get_person_purge, queue_person_purge
    from roster.api.user_state import get_user, lock_user, lock_user_rpc, unlock_user_rpc

    client = AuthenticatedClient(os.environ["ROSTER_URL"], os.environ["ROSTER_ADMIN"])

    def call(operation, status, kind, *arguments, **named):
        answer = operation.sync_detailed(*arguments, client=client, **named)
        assert answer.status_code == status, f"{operation.__name__}: {answer.status_code} {answer.content!r}"
        assert isinstance(answer.parsed, kind), f"{operation.__name__}: {answer.parsed!r}"
        return answer.parsed

    def refused(operation, status, code, *arguments, **named):
        refusal = call(operation, status, models.RallyHereError, *arguments, **named)
        assert (refusal.error_code, refusal.auth_success) == (code, True), refusal

    def create(platform, account):
        body = models.CreateRequest(platform=platform, platform_user_id=account)
        return call(create_platform_user, 201, models.PlatformUser, body=body)

    steam, epic = create(models.Platform.STEAM, "generated"), create(models.Platform.EPIC, "generated")
    account = {"platform": epic.platform, "platform_user_id": epic.platform_user_id}
    follower = {"follower_platform": epic.platform, "follower_platform_user_id": epic.platform_user_id}
    link = models.LinkRequest(leader_person_id=steam.person_id, **follower)
    call(link_platform_user, 200, type(None), body=link)
    refused(link_platform_user, 400, "follower_already_linked", body=link)
    links = call(get_player_links, 200, models.PlayerLinks, steam.player_uuid)
    assert {portal.player_uuid for portal in links.linked_portals} == {steam.player_uuid, epic.player_uuid}, links

    call(enable_cross_progression, 200, type(None), body=models.EnableRequest(**account))
    call(disable_cross_progression, 200, type(None), body=models.DisableRequest(person_id=steam.person_id))
    call(unlink_platform_user, 200, type(None), body=models.UnlinkRequest(**account))
    # Without a body it is the platform user of the token, which does not exist.
    refused(unlink_platform_user, 400, "account_not_found")

    due = datetime(2099, 1, 1, tzinfo=UTC)
    purge = call(queue_person_purge, 202, models.Purge, steam.person_id, body=models.PurgeRequest(due))
    assert (purge.person_id, purge.status) == (steam.person_id, models.PurgeStatus.QUEUED), purge
    assert call(get_person_purge, 200, models.Purge, steam.person_id) == purge
    call(cancel_person_purge, 204, type(None), steam.person_id)
    refused(get_person_purge, 404, "purge_not_found", steam.person_id)

    invalid = models.CreateRequest(platform=models.Platform.STEAM, platform_user_id="")
    problems = call(create_platform_user, 422, models.ValidationError, body=invalid).detail
    assert problems[0].type_ == "value_error.any_str.min_length", problems
    assert problems[0].loc == ["body", "platform_user_id"] and problems[0].ctx.limit_value == 1, problems

    user = str(steam.player_uuid)
    call(lock_user, 200, models.ChangedUser, user, body=models.EmptyRequest())
    again = call(lock_user_rpc, 400, models.ZitadelError, body=models.UserRequest(user))
    assert again.code == "failed_precondition" and again.details[0].value, again
    call(unlock_user_rpc, 200, models.ChangedUser, body=models.UserRequest(user))
    unknown = call(get_user, 404, models.ZitadelError, str(steam.person_id))
    assert unknown.code == 5 and unknown.message.endswith(f"({unknown.details[0].id})"), unknown


if __name__ == "__main__":
    main()
