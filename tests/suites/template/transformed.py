#!/usr/bin/env python3
"""Holds what SAM makes of template.yaml to what the suites assume of it.

The suites read the template as it is written. Roles, attached policies and the API's document come from SAM only.
`.ci/run` runs this with the SAM translator of its tools.
"""

import json
import sys
from pathlib import Path

from boto3 import Session
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

TEMPLATE = Path(__file__).resolve().parents[3] / "template.yaml"
REGION = "eu-west-1"
# `tests/harness/roles.rs` lists its permissions.
ATTACHED = "policy/service-role/AWSLambdaBasicExecutionRole"
BOUNDARY = {"Ref": "FunctionBoundary"}
OWN_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
# SAM writes parameters into the document.
PARAMETERS = {"CorsAllowedOrigins": "https://a.example,https://b.example"}
NOTHING = {"Ref": "AWS::NoValue"}
PAGES = {"allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge"}


def main() -> int:
    resources = transformed()["Resources"]
    problems = [problem for check in (roles, functions, pages, login) for problem in check(resources)]
    for problem in problems:
        print(f"transformed.py: {problem}", file=sys.stderr)
    print(f"{len(resources)} resources, {len(problems)} problems", flush=True)
    return 1 if problems else 0


def transformed() -> dict:
    """The template without SAM's types."""
    template = yaml_parse(TEMPLATE.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    translator = Translator(managed_policy_map={}, sam_parser=Parser(), boto_session=Session(region_name=REGION))
    return translator.translate(template, PARAMETERS)


def roles(resources: dict):
    """A policy of AWS's comes with the boundary, and a service other than Lambda acts for this account only."""
    for name, role in of_type(resources, "AWS::IAM::Role"):
        for policy in role.get("ManagedPolicyArns", []):
            if not str(policy).endswith(ATTACHED):
                yield f"{name} has {policy}, which no suite counts"
            if role.get("PermissionsBoundary") != BOUNDARY:
                yield f"{name} has {policy} and no boundary"
        for trust in role["AssumeRolePolicyDocument"]["Statement"]:
            if trust["Principal"] != {"Service": ["lambda.amazonaws.com"]} and trust.get("Condition") != OWN_ACCOUNT:
                yield f"{name} can be taken for another account by {trust['Principal']}"


def functions(resources: dict):
    """Every function has a role of this template, and there is a role for each."""
    names = [function["Role"]["Fn::GetAtt"][0] for _, function in of_type(resources, "AWS::Lambda::Function")]
    if len(set(names)) != len(names) or not names:
        yield f"functions share roles, or there are none: {names}"
    for name in names:
        if resources.get(name, {}).get("Type") != "AWS::IAM::Role":
            yield f"{name} is no role of this template"


def pages(resources: dict):
    """The API's document has the configuration of CORS under its condition, and as a whole."""
    (_, api), = of_type(resources, "AWS::ApiGatewayV2::Api")
    condition, configuration, otherwise = api["Body"]["x-amazon-apigateway-cors"]["Fn::If"]
    if (condition, otherwise) != ("HasCors", {"Ref": "AWS::NoValue"}):
        yield f"CORS is not off without origins: {condition}, {otherwise}"
    if set(configuration) != PAGES:
        yield f"the document has other members of CORS than {sorted(PAGES)}: {sorted(configuration)}"
    if configuration.get("allowOrigins") != {"Fn::Split": [",", PARAMETERS["CorsAllowedOrigins"]]}:
        yield f"the origins are not those of the parameter: {configuration.get('allowOrigins')}"


def login(resources: dict):
    """A role names keys and secret of login under their condition only: without login these have no name."""
    count = 0
    for name, role in of_type(resources, "AWS::IAM::Role"):
        text = json.dumps(role)
        count += '"LoginKeys"' in text
        without = json.dumps(without_login(role))
        if '"LoginKeys"' in without or '"LoginSecret"' in without:
            yield f"{name} names keys or the secret of login without login"
        for policy in without_login(role.get("Policies", [])):
            if not policy["PolicyDocument"]["Statement"]:
                yield f"{name} has an empty policy without login, which IAM refuses"
    if not count:
        yield "no role names the keys of login"


def without_login(part):
    """The part as CloudFormation makes it without login."""
    if isinstance(part, list):
        members = (without_login(member) for member in part)
        return [member for member in members if member != NOTHING]
    if not isinstance(part, dict):
        return part
    match part.get("Fn::If"):
        case ["HasLogin", _, otherwise]:
            return without_login(otherwise)
    return {name: without_login(member) for name, member in part.items()}


def of_type(resources: dict, wanted: str) -> list[tuple[str, dict]]:
    return [(name, resource["Properties"]) for name, resource in resources.items() if resource["Type"] == wanted]


if __name__ == "__main__":
    sys.exit(main())
