//! Bearer tokens and permissions.

use shared::auth::{Caller, Permission, TokenRejection};

use crate::{
    fixtures::{at_once, authenticator, now, own_authenticator, token},
    measure::Measure,
};

pub fn run(measure: &mut Measure) {
    let authenticator = authenticator();
    let check = |name: &str| -> Result<Caller, TokenRejection> {
        at_once(authenticator.authenticate(Some(&format!("Bearer {}", token(name))), now()))
    };
    let good = [
        ("token: RS256", "service_rsa"),
        ("token: ES256", "service_p256"),
        ("token: EdDSA", "service_ed25519"),
        ("token: of a player", "player"),
        ("token: 204 permissions", "many"),
    ];
    for (name, token) in good {
        measure.case(name, || token, check, Result::is_ok);
    }
    let own = own_authenticator();
    // The first check reads the keys in a task of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let check_own = |name: &str| runtime.block_on(own.authenticate(Some(&format!("Bearer {}", token(name))), now()));
    measure.case("token: of the own login", || "own", check_own, Result::is_ok);
    measure.case("token: expired", || "expired", check, Result::is_err);
    let header = || Some("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.");
    measure.case(
        "token: unsigned",
        header,
        |header| at_once(authenticator.authenticate(header, now())),
        Result::is_err,
    );

    let (few, many) = (check("service_ed25519").expect("good"), check("many").expect("good"));
    let may = |caller: &Caller| caller.require(&Permission::PURGE_PERSON).is_ok();
    measure.case("permission: 4 held", || &few, may, |may| *may);
    measure.case("permission: 204 held", || &many, may, |may| *may);
}
