//! The table `users`: platform users, their players and their sessions.

mod sessions;

pub(crate) use sessions::{decode_login, end_all_sessions, end_session, log_in, use_session};

use super::{Tables, operations};
use crate::{
    aws::CallError,
    dynamo::{Item, Kind, Reader, Write, item, n, s},
    identity::{
        Claim, DisplayName, FirstLogin, OperationId, PersonId, Platform, PlatformUser, PlatformUserId, PlayerUuid,
        StateChange, Timestamp, UserState,
    },
};

pub(crate) const TABLE: &str = "users";
pub(crate) const KEY: &str = "player_uuid";

pub(crate) fn key(player_uuid: PlayerUuid) -> Item {
    item([(KEY, s(player_uuid))])
}

pub(crate) fn decode(attributes: &Item) -> Result<PlatformUser, CallError> {
    let reader = Reader::new(TABLE, attributes);
    Ok(PlatformUser {
        player_uuid: PlayerUuid(reader.uuid(KEY)?),
        player_id: reader.player_id("player_id")?,
        platform: reader.parsed("platform", Platform::from_name)?,
        platform_user_id: reader.parsed("platform_user_id", |text| PlatformUserId::new(text.to_owned()))?,
        display_name: reader
            .optional("display_name", |reader, name| reader.parsed(name, |text| DisplayName::new(text.to_owned())))?,
        person_id: PersonId(reader.uuid("person_id")?),
        state: reader.parsed("state", UserState::from_name)?,
        sequence: reader.number("sequence")?,
        created: reader.timestamp("created")?,
        changed: reader.timestamp("changed")?,
    })
}

/// Creates a user, if it does not exist.
pub(crate) fn create(
    tables: &Tables,
    user: &PlatformUser,
    first_login: Option<&FirstLogin>,
    operation: OperationId,
) -> Write {
    let mut attributes = item([
        (KEY, s(user.player_uuid)),
        ("player_id", n(user.player_id.get())),
        ("platform", s(user.platform)),
        ("platform_user_id", s(user.platform_user_id.as_str())),
        ("person_id", s(user.person_id)),
        ("state", s(user.state.as_str())),
        ("sequence", n(user.sequence)),
        ("created", n(user.created.as_millis())),
        ("changed", n(user.changed.as_millis())),
        (operations::ATTRIBUTE, operations::first(operation)),
    ]);
    if let Some(display_name) = &user.display_name {
        attributes.insert("display_name".into(), s(display_name.as_str()));
    }
    attributes.extend(sessions::first(first_login, user.created));
    Write {
        table: tables.users.clone(),
        item: attributes,
        kind: Kind::Put,
        condition: "attribute_not_exists(#player_uuid)".into(),
        values: Vec::new(),
    }
}

/// Changes the state, unless this operation has done so before. Ends all sessions if the change
/// does.
pub(crate) fn change_state(
    tables: &Tables,
    player_uuid: PlayerUuid,
    change: StateChange,
    operation: OperationId,
    now: Timestamp,
) -> Write {
    const FROM: [&str; 3] = [":from0", ":from1", ":from2"];
    let from: Vec<_> = FROM.into_iter().zip(change.from().iter().map(|state| s(state.as_str()))).collect();
    let states: Vec<_> = from.iter().map(|(name, _)| *name).collect();
    let mut values = vec![
        (":to", s(change.to().as_str())),
        (":one", n(1)),
        (":now", n(now.as_millis())),
        (":operation", operations::value(operation)),
    ];
    values.extend(from);
    let mut update = format!("SET #state = :to, #sequence = #sequence + :one, #changed = :now, {}", operations::NOTE);
    if change.ends_sessions() {
        update.push_str(", ");
        update.push_str(sessions::END_ALL);
        values.extend(sessions::none());
    }
    Write {
        table: tables.users.clone(),
        item: key(player_uuid),
        kind: Kind::Update(update),
        condition: format!(
            "attribute_exists(#player_uuid) AND {} AND #state IN ({})",
            operations::IS_NEW,
            states.join(", ")
        ),
        values,
    }
}

/// Sets another display name, if the user still belongs to this person, unless this operation has
/// done so before.
pub(crate) fn rename(
    tables: &Tables,
    player_uuid: PlayerUuid,
    person_id: PersonId,
    display_name: &DisplayName,
    operation: OperationId,
    now: Timestamp,
) -> Write {
    Write {
        table: tables.users.clone(),
        item: key(player_uuid),
        kind: Kind::Update(format!(
            "SET #display_name = :display_name, #sequence = #sequence + :one, #changed = :now, {}",
            operations::NOTE
        )),
        condition: format!("attribute_exists(#player_uuid) AND #person_id = :person_id AND {}", operations::IS_NEW),
        values: vec![
            (":person_id", s(person_id)),
            (":display_name", s(display_name.as_str())),
            (":one", n(1)),
            (":now", n(now.as_millis())),
            (":operation", operations::value(operation)),
        ],
    }
}

/// Moves the user to another person. If it is an owner, it must be active.
pub(crate) fn move_to(
    tables: &Tables,
    claim: &Claim,
    to: PersonId,
    must_be_active: bool,
    operation: OperationId,
    now: Timestamp,
) -> Write {
    let mut condition = "attribute_exists(#player_uuid) AND #person_id = :from".to_owned();
    let mut values = vec![
        (":to", s(to)),
        (":from", s(claim.person_id)),
        (":one", n(1)),
        (":now", n(now.as_millis())),
        (":operation", operations::value(operation)),
    ];
    if must_be_active {
        condition.push_str(" AND #state = :active");
        values.push((":active", s(UserState::Active.as_str())));
    }
    Write {
        table: tables.users.clone(),
        item: key(claim.player_uuid),
        kind: Kind::Update(format!(
            "SET #person_id = :to, #sequence = #sequence + :one, #changed = :now, {}",
            operations::NOTE
        )),
        condition,
        values,
    }
}

/// Checks that the user is active and belongs to this person.
pub(crate) fn check_owner(tables: &Tables, player_uuid: PlayerUuid, person_id: PersonId) -> Write {
    Write {
        table: tables.users.clone(),
        item: key(player_uuid),
        kind: Kind::Check,
        condition: "attribute_exists(#player_uuid) AND #state = :active AND #person_id = :person_id".into(),
        values: vec![(":active", s(UserState::Active.as_str())), (":person_id", s(person_id))],
    }
}

/// Deletes the user, if it still belongs to this person.
pub(crate) fn purge(tables: &Tables, player_uuid: PlayerUuid, person_id: PersonId) -> Write {
    Write {
        table: tables.users.clone(),
        item: key(player_uuid),
        kind: Kind::Delete,
        condition: "attribute_not_exists(#player_uuid) OR #person_id = :person_id".into(),
        values: vec![(":person_id", s(person_id))],
    }
}

/// Checks that the user belongs to this person.
pub(crate) fn check_is_of(tables: &Tables, player_uuid: PlayerUuid, person_id: PersonId) -> Write {
    Write {
        table: tables.users.clone(),
        item: key(player_uuid),
        kind: Kind::Check,
        condition: "attribute_exists(#player_uuid) AND #person_id = :person_id".into(),
        values: vec![(":person_id", s(person_id))],
    }
}

/// Checks that the user belongs to this person and is not deactivated.
pub(crate) fn check_is_not_deactivated(tables: &Tables, player_uuid: PlayerUuid, person_id: PersonId) -> Write {
    let mut write = check_is_of(tables, player_uuid, person_id);
    write.condition.push_str(" AND #state <> :inactive");
    write.values.push((":inactive", s(UserState::Inactive.as_str())));
    write
}

/// Checks that the person has no such user on this platform.
pub(crate) fn check_is_not_of(
    tables: &Tables,
    player_uuid: PlayerUuid,
    person_id: PersonId,
    platform: Platform,
) -> Write {
    Write {
        table: tables.users.clone(),
        item: key(player_uuid),
        kind: Kind::Check,
        condition: "attribute_not_exists(#player_uuid) OR #person_id <> :person_id OR #platform <> :platform".into(),
        values: vec![(":person_id", s(person_id)), (":platform", s(platform))],
    }
}

/// Checks that the user does not exist.
pub(crate) fn check_is_gone(tables: &Tables, player_uuid: PlayerUuid) -> Write {
    Write {
        table: tables.users.clone(),
        item: key(player_uuid),
        kind: Kind::Check,
        condition: "attribute_not_exists(#player_uuid)".into(),
        values: Vec::new(),
    }
}
