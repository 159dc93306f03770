//! `create-platform-user` with all defaults: the same handler, token check, validation and store,
//! but with `lambda_http::run`, `#[tokio::main]`, `aws_config::load_defaults` and the default
//! subscriber.

use std::sync::Arc;

use aws_config::BehaviorVersion;
use create_platform_user::CreatePlatformUser;
use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};
use shared::{
    ambient::Ambient,
    auth::{AuthSettings, Authenticator},
    config::Environment,
    http::{App, Reply, ReplyBody, Served, rallyhere::Guarded, respond},
    store::DynamoStore,
    tables::Tables,
};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let environment = Environment::from_process();
    let settings = AuthSettings::short(
        environment.text("AUTH_JWKS", "a key set")?,
        environment.text("AUTH_ISSUER", "an issuer")?,
        environment.text("AUTH_AUDIENCE", "an audience")?,
    );
    let auth = Authenticator::new(&settings).map_err(|(_, error)| error.to_string())?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let ambient = Ambient::system();
    let store = DynamoStore::new(client, Tables::from_environment(&environment)?, ambient.clone());
    let endpoint = Arc::new(Served::new(Guarded(CreatePlatformUser), App::new(auth, ambient, store)));
    run(service_fn(move |request: Request| {
        let endpoint = Arc::clone(&endpoint);
        async move {
            let reply = respond(&*endpoint, &shared::http::Request::new(request)).await;
            response(reply)
        }
    }))
    .await
}

fn response(reply: Reply) -> Result<Response<Body>, Error> {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value.as_ref());
    }
    let body = match reply.body {
        Some(ReplyBody::Text(text)) => Body::Text(text),
        Some(ReplyBody::Bytes(bytes)) => Body::Binary(bytes),
        None => Body::Empty,
    };
    Ok(builder.body(body)?)
}
