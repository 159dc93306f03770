use std::{path::Path, time::Duration};

use uuid::Uuid;

use crate::{
    bundle::Bundle,
    problem::Problem,
    tokens::{ALL_PERMISSIONS, TokenRequest},
};

/// How long the token in the greeting is valid.
const VALID: Duration = Duration::from_hours(12);

/// The greeting: the address, the data folder, a login, a token, and a request. Both requests work
/// when they are pasted.
pub(super) fn text(bundle: &Bundle, data: &Path, login_settings: Option<&Path>) -> Result<String, Problem> {
    let request = TokenRequest::new(ALL_PERMISSIONS).expires_in(VALID);
    let token = bundle.token(&request)?;
    let (url, data) = (bundle.url(), data.display());
    let program = std::env::args().next().unwrap_or_else(|| "roster".to_owned());
    // Each start names another user, so that the request also works after the next start.
    let (platform_user_id, ..) = Uuid::new_v4().as_fields();
    let login = match login_settings {
        Some(file) => format!("Login has the clients and platforms of {}.", file.display()),
        None => format!(
            r#"A player logs in, by the client `local` with the secret `local`:
curl -i -u local:local {url}/users/v1/login -H 'content-type: application/json' \
  --data '{{"grant_type":"anon","portal_access_token":"ada","include_refresh":true}}'

A proof of a Steam account, for `portal_access_token` of a login with `grant_type` `steam`:
{program} platform-token --platform steam --user 42 --data {data}"#
        ),
    };
    Ok(format!(
        r#"Roster runs at {url}
Its API is described at {url}/docs
Data is in {data}

{login}

A token with all permissions, for 12 hours; `{program} token --help` shows how to make others:
{token}

A request of a support tool:
curl -i {url}/users/v1/platform-user \
  -H 'authorization: Bearer {token}' \
  -H 'content-type: application/json' \
  -d '{{"platform":"Steam","platform_user_id":"{platform_user_id}","display_name":"Ada"}}'
"#
    ))
}
