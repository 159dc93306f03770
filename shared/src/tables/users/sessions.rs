//! Logins and sessions in the item of a user. None of these writes is a change of the user, except
//! a new display name: only that counts in `sequence` and notes its operation, so that
//! [`operations::since`] keeps counting changes.
//!
//! The other writes recognise their own retry in another way. A new session has a random id. A
//! refresh finds the session as it would leave it. To end a session twice is to end it once.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{KEY, TABLE, decode, key};
use crate::{
    aws::CallError,
    dynamo::{Item, Kind, Reader, Write, item, n, s},
    identity::{
        ClientId, FirstLogin, Login, LoginOrder, LoginState, LoginWrite, MAX_SESSIONS, Naming, Opening, PersonId,
        PlayerUuid, Session, SessionId, SessionUse, Sessions, Timestamp, UserState,
    },
    tables::{Tables, operations},
};

/// Sets an empty map, the time `:now`, and the time of the last login before. Needs the values
/// [`none`].
///
/// An empty map and not none: DynamoDB adds to a map only if it is there.
pub(super) const END_ALL: &str =
    "#sessions = :no_sessions, #sessions_ended = :now, #ended_login = if_not_exists(#last_login, :no_login)";

/// The values of [`END_ALL`].
pub(super) fn none() -> [(&'static str, AttributeValue); 2] {
    [(":no_sessions", AttributeValue::M(Item::new())), (":no_login", n(0))]
}

pub(crate) fn decode_login(attributes: &Item) -> Result<LoginState, CallError> {
    let reader = Reader::new(TABLE, attributes);
    let session = |(id, session): (&String, &AttributeValue)| {
        let id = SessionId::from_name(id).ok_or_else(|| reader.broken("sessions"))?;
        let session = session.as_m().map_err(|_| reader.broken("sessions"))?;
        let reader = Reader::new(TABLE, session);
        Ok((
            id,
            Session {
                n: reader.number("n")?,
                client: reader.parsed("client", |text| ClientId::new(text.to_owned()))?,
                issued: reader.timestamp("issued")?,
                used: reader.timestamp("used")?,
                ends: reader.timestamp("ends")?,
            },
        ))
    };
    let sessions = reader.optional("sessions", Reader::map)?;
    let sessions = sessions.map(|map| map.iter().map(session).collect::<Result<_, CallError>>()).transpose()?;
    Ok(LoginState {
        user: decode(attributes)?,
        sessions: sessions.map(Sessions),
        last_login: reader.optional("last_login", Reader::timestamp)?,
        sessions_ended: reader.optional("sessions_ended", Reader::timestamp)?,
        ended_login: reader.optional("ended_login", Reader::timestamp)?,
    })
}

/// The attributes of a new user.
pub(super) fn first(login: Option<&FirstLogin>, now: Timestamp) -> Item {
    let sessions = login.and_then(|login| login.session.as_ref()).map(|new| (new.id, new.opened(now)));
    let mut attributes = item([("sessions", map(sessions))]);
    if login.is_some() {
        attributes.insert("last_login".into(), n(now.as_millis()));
    }
    attributes
}

/// Logs the user in, if it is active and belongs to the person of the login.
pub(crate) fn log_in(tables: &Tables, login: &Login, write: &LoginWrite) -> Write {
    let mut draft = Draft {
        set: Vec::new(),
        remove: Vec::new(),
        conditions: owned(),
        values: vec![
            (":active", s(UserState::Active.as_str())),
            (":person_id", s(login.person_id)),
            (":last_login", n(login.now.as_millis())),
        ],
    };
    draft.date(write.order);
    if let (Some(opening), Some(new)) = (&write.opening, &login.session) {
        draft.open(opening, new.id, new.opened(login.now));
    }
    draft.name(write.naming, login);
    draft.on(tables, login.player_uuid)
}

/// Writes one use of a session, if the user is active, belongs to the person that was read, and the
/// session is as it was read.
pub(crate) fn use_session(tables: &Tables, used: &SessionUse) -> Write {
    let session = format!("#sessions.#{}", used.session);
    let mut conditions = owned();
    conditions.extend([format!("{session}.#n = :n"), format!("{session}.#used <= :used")]);
    let draft = Draft {
        set: [("n", ":to"), ("used", ":used"), ("ends", ":ends")]
            .map(|(name, value)| format!("{session}.#{name} = {value}"))
            .into(),
        remove: Vec::new(),
        conditions,
        values: vec![
            (":active", s(UserState::Active.as_str())),
            (":person_id", s(used.person_id)),
            (":n", n(used.before.n)),
            (":to", n(used.after.n)),
            (":used", n(used.after.used.as_millis())),
            (":ends", n(used.after.ends.as_millis())),
        ],
    };
    draft.on(tables, used.player_uuid)
}

/// Ends one session, if it exists.
pub(crate) fn end_session(tables: &Tables, player_uuid: PlayerUuid, session: SessionId) -> Write {
    let path = format!("#sessions.#{session}");
    let draft = Draft {
        set: Vec::new(),
        remove: vec![path.clone()],
        conditions: vec![format!("attribute_exists(#{KEY})"), format!("attribute_exists({path})")],
        values: Vec::new(),
    };
    draft.on(tables, player_uuid)
}

/// Ends all sessions of the user, in any state. If a person is given, the user must belong to it.
pub(crate) fn end_all_sessions(
    tables: &Tables,
    player_uuid: PlayerUuid,
    person_id: Option<PersonId>,
    now: Timestamp,
) -> Write {
    let mut draft = Draft {
        set: vec![END_ALL.to_owned()],
        remove: Vec::new(),
        conditions: vec![format!("attribute_exists(#{KEY})")],
        values: vec![(":now", n(now.as_millis()))],
    };
    draft.values.extend(none());
    if let Some(person_id) = person_id {
        draft.conditions.push("#person_id = :person_id".into());
        draft.values.push((":person_id", s(person_id)));
    }
    draft.on(tables, player_uuid)
}

/// The parts of an update.
struct Draft {
    set: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
    values: Vec<(&'static str, AttributeValue)>,
}

/// The conditions of every write that lets a user in.
fn owned() -> Vec<String> {
    ["attribute_exists(#player_uuid)", "#state = :active", "#person_id = :person_id"].map(str::to_owned).into()
}

impl Draft {
    /// Sets the time of the last login to the latest of all. [`END_ALL`] copies it, so a login with
    /// an earlier time must not hide a later one. DynamoDB has no function for the greater of two
    /// numbers.
    fn date(&mut self, order: LoginOrder) {
        let (set, condition) = match order {
            LoginOrder::Last => (":last_login", "(attribute_not_exists(#last_login) OR #last_login <= :last_login)"),
            // An update must have an action.
            LoginOrder::Overtaken => ("#last_login", "#last_login > :last_login"),
        };
        self.set.push(format!("#last_login = {set}"));
        self.conditions.push(condition.into());
    }

    fn open(&mut self, opening: &Opening, id: SessionId, session: Session) {
        match opening {
            Opening::First | Opening::Only => {
                self.set.push("#sessions = :sessions".into());
                self.values.push((":sessions", map([(id, session)])));
                if *opening == Opening::First {
                    self.conditions.push("attribute_not_exists(#sessions)".into());
                }
            }
            Opening::Beside => {
                self.add(id, &session);
                self.conditions.push("size(#sessions) < :max".into());
                self.values.push((":max", n(MAX_SESSIONS)));
            }
            Opening::InPlaceOf(ended) => {
                const USED: [&str; MAX_SESSIONS] =
                    [":used0", ":used1", ":used2", ":used3", ":used4", ":used5", ":used6", ":used7"];
                self.add(id, &session);
                for (name, (ended, used)) in USED.into_iter().zip(ended) {
                    self.remove.push(format!("#sessions.#{ended}"));
                    self.conditions.push(format!("#sessions.#{ended}.#used = {name}"));
                    self.values.push((name, n(used.as_millis())));
                }
                self.conditions.push("size(#sessions) < :size".into());
                self.values.push((":size", n(MAX_SESSIONS + self.remove.len())));
            }
        }
    }

    fn add(&mut self, id: SessionId, session: &Session) {
        self.set.push(format!("#sessions.#{id} = :session"));
        self.values.push((":session", value(session)));
    }

    fn name(&mut self, naming: Naming, login: &Login) {
        let Some(name) = &login.display_name else { return };
        match naming {
            Naming::Unknown => return,
            Naming::Same => self.conditions.push("#display_name = :display_name".into()),
            Naming::New => {
                self.set.extend([
                    "#display_name = :display_name".into(),
                    "#sequence = #sequence + :one".into(),
                    "#changed = :last_login".into(),
                    operations::NOTE.into(),
                ]);
                self.conditions.extend([operations::IS_NEW.into(), "NOT #display_name = :display_name".into()]);
                self.values.extend([(":one", n(1)), (":operation", operations::value(login.operation))]);
            }
        }
        self.values.push((":display_name", s(name.as_str())));
    }

    fn on(self, tables: &Tables, player_uuid: PlayerUuid) -> Write {
        let clause = |word: &str, parts: &[String]| match parts {
            [] => String::new(),
            parts => format!("{word} {}", parts.join(", ")),
        };
        let clauses = [clause("SET", &self.set), clause("REMOVE", &self.remove)];
        Write {
            table: tables.users.clone(),
            item: key(player_uuid),
            kind: Kind::Update(clauses.join(" ").trim().to_owned()),
            condition: self.conditions.join(" AND "),
            values: self.values,
        }
    }
}

fn map(sessions: impl IntoIterator<Item = (SessionId, Session)>) -> AttributeValue {
    AttributeValue::M(sessions.into_iter().map(|(id, session)| (id.to_string(), value(&session))).collect())
}

fn value(session: &Session) -> AttributeValue {
    AttributeValue::M(item([
        ("n", n(session.n)),
        ("client", s(session.client.as_str())),
        ("issued", n(session.issued.as_millis())),
        ("used", n(session.used.as_millis())),
        ("ends", n(session.ends.as_millis())),
    ]))
}
