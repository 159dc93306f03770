//! A base path or a stage changes no answer (API Gateway Developer Guide, "Map API stages to a
//! custom domain name for HTTP APIs").

use futures_util::future::join_all;
use lambda_runtime::Context;
use roster_local::{functions::starter, template::Template};
use serde_json::{Value, json, value::to_raw_value};
use shared::{
    http::{Audit, Endpoint, Rejection, Reply, Request},
    lambda::{Invoke, Setup, http},
};
use tests::World;

use super::{NO_ONE, bearer};

/// A request that is sent with different prefixes of its path.
#[derive(Clone)]
struct Sent<'a> {
    function: &'a str,
    /// The route. `None` if no route takes the request.
    route: Option<String>,
    method: &'a str,
    path: String,
    headers: Value,
    query: &'a str,
    body: String,
}

/// The prefix of a path, and the stage: nothing, a base path of one or two segments, a stage, or a
/// base path before a stage.
const PREFIXES: [(&str, &str); 6] = [
    ("", "$default"),
    ("/identity", "$default"),
    ("/eu/identity", "live"),
    ("/live", "live"),
    ("/v1", "$default"),
    ("/users", "users"),
];

impl Sent<'_> {
    fn event(&self, prefix: &str, stage: &str) -> Value {
        let key = self.route.as_ref().map_or_else(|| "$default".to_owned(), |route| format!("{} {route}", self.method));
        let mut event = json!({
            "version": "2.0", "routeKey": key, "rawPath": format!("{prefix}{}", self.path), "rawQueryString": self.query,
            "headers": self.headers, "isBase64Encoded": false, "body": self.body,
            "requestContext": {
                "http": { "method": self.method, "path": format!("{prefix}{}", self.path) },
                "requestId": "r-1", "routeKey": key, "stage": stage,
            },
        });
        if self.route.as_ref().is_some_and(|route| route.contains("{userId}")) {
            event["pathParameters"] = json!({ "userId": NO_ONE });
        }
        event
    }

    /// Starts its function, with some additional variables.
    async fn start(&self, world: &World, variables: &[(&str, &str)]) -> Invoke {
        let own = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = world.bundle.environment(self.function).unwrap().clone().into_iter().chain(own).collect();
        let setup = Setup::new(environment, world.ambient().clone(), Vec::new());
        starter(self.function).unwrap()(setup).await.unwrap()
    }

    /// The answer of its function. Fails unless it is the same for every prefix.
    async fn same_answer(&self, world: &World) -> Value {
        self.same_answer_of(&self.start(world, &[]).await).await
    }

    async fn same_answer_of(&self, function: &Invoke) -> Value {
        let answers = join_all(PREFIXES.map(|(prefix, stage)| {
            let event = to_raw_value(&self.event(prefix, stage)).unwrap();
            async { serde_json::from_str(function(event, Context::default()).await.unwrap().get()).unwrap() }
        }));
        let answers: Vec<Value> = answers.await;
        for (answer, prefix) in answers.iter().zip(PREFIXES) {
            assert_eq!(*answer, answers[0], "{prefix:?}{} {:?}", self.path, self.route);
        }
        answers[0].clone()
    }
}

#[tokio::test]
async fn a_prefix_changes_no_answer_of_any_route() {
    let world = World::start().await;
    let template = Template::built_in().expect("the template");
    let token = bearer(&world.admin());
    let mut statuses = std::collections::BTreeSet::new();
    for function in template.functions.values() {
        for route in function.routes.values().map(ToString::to_string) {
            let Some((method, path)) = route.split_once(' ') else { continue };
            let content_types = [
                "application/json",
                "application/proto",
                "application/grpc-web+proto",
                "text/plain",
                "application/grpc",
            ];
            for content_type in content_types {
                for (authorization, body) in
                    [("", "{}".to_owned()), (&*token, "{".to_owned()), (&token, " ".repeat(65_537))]
                {
                    let sent = Sent {
                        function: &function.binary,
                        route: Some(path.to_owned()),
                        method,
                        path: path.replace("{userId}", NO_ONE),
                        headers: json!({ "content-type": content_type, "authorization": authorization }),
                        query: "",
                        body,
                    };
                    statuses.insert(sent.same_answer(&world).await["statusCode"].as_u64());
                }
            }
        }
    }
    for status in [200, 400, 401, 403, 404, 413, 415, 422, 429] {
        assert!(statuses.contains(&Some(status)), "{status} was not answered: {statuses:?}");
    }
}

#[tokio::test]
async fn a_prefix_changes_no_answer_to_an_unknown_path() {
    let world = World::start().await;
    let calls = "/zitadel.user.v2.UserService";
    for (method, path, status, code) in [
        ("GET", "/users/v1/link".to_owned(), 405, "method_not_allowed"),
        ("PUT", format!("/v2/users/{NO_ONE}"), 405, "12"),
        // The value of a parameter of the path does not decide the dialect.
        ("PUT", "/users/v1/person/zitadel.x/purge".to_owned(), 405, "method_not_allowed"),
        ("POST", "/users/v2/player/zitadel.x/links".to_owned(), 405, "method_not_allowed"),
        ("POST", "/v2/users/zitadel.x".to_owned(), 405, "12"),
        ("GET", format!("/v2/users/{NO_ONE}/lock"), 405, "12"),
        ("GET", format!("{calls}/LockUser"), 405, "12"),
        ("POST", format!("{calls}/Nothing"), 404, "unimplemented"),
        ("POST", "/zitadel.nothing".to_owned(), 404, "unimplemented"),
        ("GET", "/v2/users".to_owned(), 404, "5"),
        ("GET", "/users/v1/nothing".to_owned(), 404, "not_found"),
        ("GET", "/".to_owned(), 404, "not_found"),
    ] {
        let headers = json!({ "content-type": "application/json" });
        let sent =
            Sent { function: "answer-unrouted", route: None, method, path, headers, query: "", body: String::new() };
        let answer = sent.same_answer(&world).await;
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        let told = body.get("error_code").or(body.get("code")).unwrap();
        let told = told.as_str().map_or_else(|| told.to_string(), str::to_owned);
        assert_eq!((answer["statusCode"].as_u64(), told.as_str()), (Some(status), code), "{method} {}", sent.path);
    }
}

/// A rule that always panics.
struct Panics;

struct Never;

impl Rejection for Never {
    fn into_reply(self, _: &Request, _: &mut Audit) -> Reply {
        Reply::empty(418)
    }
}

impl Endpoint for Panics {
    const ACTION: &str = "panics";
    type Rejection = Never;

    async fn handle(&self, _: &Request, _: &mut Audit) -> Result<Reply, Never> {
        panic!("boom")
    }
}

#[tokio::test]
async fn a_prefix_changes_no_answer_to_what_fails_or_cannot_be_read() {
    let world = World::start().await;
    let token = bearer(&world.admin());
    let of = |function, route: &str, content_type: &str, body: Value| Sent {
        function,
        route: Some(route.to_owned()),
        method: "POST",
        path: route.replace("{userId}", NO_ONE),
        headers: json!({ "content-type": content_type, "authorization": token }),
        query: "",
        body: body.to_string(),
    };
    let account = json!({ "platform": "Steam", "platform_user_id": "42" });
    let call = "/zitadel.user.v2.UserService/LockUser";
    for (sent, internal, unavailable, unreadable) in [
        (
            of("create-platform-user", "/users/v1/platform-user", "application/json", account),
            "internal_error",
            "unavailable",
            "bad_request",
        ),
        (
            of("lock-user", "/v2/users/{userId}/lock", "application/json", json!({})),
            r#""code":13"#,
            r#""code":14"#,
            r#""code":3"#,
        ),
        (
            of("lock-user", call, "application/json", json!({ "userId": NO_ONE })),
            "internal",
            "unavailable",
            "invalid_argument",
        ),
    ] {
        // On port 9 of loopback nobody listens.
        let nowhere = sent.start(&world, &[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")]).await;
        let cases = [
            (500, internal, sent.same_answer_of(&http(Panics)).await),
            (503, unavailable, sent.same_answer_of(&nowhere).await),
            (400, unreadable, Sent { query: "\"", ..sent.clone() }.same_answer(&world).await),
        ];
        for (status, code, answer) in cases {
            let body = answer["body"].as_str().unwrap();
            assert!(answer["statusCode"] == status && body.contains(code), "{status} {code}: {answer}");
        }
    }
}
