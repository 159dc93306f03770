//! Sessions in the user's item: the writes of the store on the engine.

mod ends;
mod logins;
mod lost_answers;
mod refreshes;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{Client, config::retry::RetryConfig, types::AttributeValue};
use serde_json::Value;
use shared::{
    aws::Attempts,
    identity::{
        ClientId, DisplayName, Login, LoginState, NewSession, PersonId, PlayerUuid, Presented, RefreshClaim,
        RefreshMode, SessionId, SessionPolicy, Timestamp,
    },
    store::{DynamoStore, LogIn, LoggedIn, ReadLogins, SessionUsed, UseSessions},
    tables::Tables,
};
use tests::{
    User, World,
    faults::Disturbance,
    watch::{Disturb, watch},
};
use uuid::Uuid;

const ROTATE: SessionPolicy = SessionPolicy {
    mode: RefreshMode::Rotate,
    idle: Duration::from_hours(30 * 24),
    absolute: Duration::from_hours(90 * 24),
    lost_answer: Duration::from_mins(5),
    single: false,
};

/// A bundle, and a store on its tables whose calls are counted and may lose their answers.
struct Scene {
    world: World,
    store: DynamoStore,
    wire: Arc<Wire>,
}

#[derive(Debug, Default)]
struct Wire {
    calls: AtomicUsize,
    loses: AtomicUsize,
}

impl Disturb for Wire {
    fn disturbance(&self, _: &str, _: &str, _: Value) -> Option<Disturbance> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let less = |left: usize| left.checked_sub(1);
        self.loses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok().then(Disturbance::lost_answer)
    }
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        let wire = Arc::<Wire>::default();
        let client = world.bundle.dynamodb().config().to_builder().retry_config(RetryConfig::disabled());
        let client = Client::from_conf(client.interceptor(watch(Arc::<Wire>::clone(&wire), "store")).build());
        let [persons, users, identities, receipts, seals, sequences] = tests::world::TABLES.map(str::to_owned);
        let tables = Tables { persons, users, identities, receipts, seals, sequences };
        let store = DynamoStore::new(client, tables, world.ambient().clone());
        Self { world, store, wire }
    }

    /// The number of calls of the store since the last time.
    fn calls(&self) -> usize {
        self.wire.calls.swap(0, Ordering::SeqCst)
    }

    fn now(&self) -> Timestamp {
        self.world.ambient().now()
    }

    /// A login with a new session.
    fn login(&self, user: &User) -> Login {
        let session = NewSession::new(SessionId(Uuid::new_v4()), game(), &ROTATE, self.now());
        Login { session: Some(session), ..self.bare_login(user) }
    }

    /// A login without a refresh token.
    fn bare_login(&self, user: &User) -> Login {
        Login {
            player_uuid: player(user),
            person_id: PersonId(user.person_id.parse().unwrap()),
            display_name: None,
            session: None,
            operation: self.world.ambient().operation(),
            now: self.now(),
        }
    }

    /// Logs in with a new session, a second later.
    async fn opened(&self, user: &User) -> RefreshClaim {
        self.world.advance(Duration::from_secs(1));
        let login = self.login(user);
        self.done(&login).await;
        RefreshClaim { player_uuid: login.player_uuid, session: login.session.unwrap().id, n: 1 }
    }

    /// Logs in. Fails unless the login is written.
    async fn done(&self, login: &Login) -> LoginState {
        match self.store.log_in(login, &ROTATE).await.unwrap() {
            LoggedIn::Done(state) => state,
            other => panic!("{other:?}"),
        }
    }

    async fn state(&self, user: &User) -> LoginState {
        self.store.login_state(player(user)).await.unwrap().expect("a user")
    }

    /// Presents a refresh token as a function does. Returns the successor or the refusal.
    async fn refresh(&self, token: RefreshClaim) -> Result<RefreshClaim, Presented> {
        let mut state = self.store.login_state(token.player_uuid).await.unwrap().expect("a user");
        let mut attempts = Attempts::new(self.world.ambient());
        while attempts.next().await {
            let used = match state.present(&token, &game(), &ROTATE, self.now()) {
                Presented::Good(used) => used,
                refused => return Err(refused),
            };
            match self.store.use_session(&used).await.unwrap() {
                SessionUsed::Done(_) => return Ok(used.successor()),
                SessionUsed::Changed(now) => state = now.expect("a user"),
            }
        }
        panic!("contended")
    }

    /// Removes an attribute of the user's item, as if the item were older.
    async fn without(&self, user: &User, attribute: &str) {
        let update = self.world.bundle.dynamodb().update_item().table_name("UsersTable");
        let update = update.key("player_uuid", AttributeValue::S(user.player_uuid.clone()));
        let update = update.update_expression("REMOVE #gone").expression_attribute_names("#gone", attribute);
        update.send().await.unwrap();
    }
}

fn player(user: &User) -> PlayerUuid {
    PlayerUuid(user.player_uuid.parse().unwrap())
}

fn game() -> ClientId {
    ClientId::new("game".to_owned()).unwrap()
}

fn name(text: &str) -> Option<DisplayName> {
    DisplayName::new(text.to_owned())
}

/// The sessions of a user, with the numbers of their newest tokens.
fn numbers(state: &LoginState) -> Vec<(SessionId, u32)> {
    let sessions = &state.sessions.as_ref().expect("a map of sessions").0;
    sessions.iter().map(|(id, session)| (*id, session.n)).collect()
}
