//! The table. A row has outcome, case, `[steps before]`, caller, form of the request => write
//! units, read units, write units of refused writes, calls.
//!
//! Refusals that all operations of a dialect share cost nothing. They are in `free.rs`.

use crate::row::{
    Ask::{ByTokens, Named, Now, Odd, Other as TheOther, Otherwise, Same, Unnamed},
    Given::{
        Asked, Begun, Changed, Enabled, Ids, Linked, NoOther, Nobody, OtherChanged, OtherEnabled, OtherLinked, OtherOn,
        OtherQueued, Purged, Queued, Sealed,
    },
    Row,
    Who::{Admin, Other, OtherMay, Service, User, UserMay},
};

macro_rules! rows {
    ($($operation:literal { $($outcome:literal $case:literal [$($given:expr),*] $who:expr, $ask:expr => $writes:literal $reads:literal $refused:literal $calls:literal;)* })*) => {
        &[$($(Row {
            operation: $operation, outcome: $outcome, case: $case, given: &[$($given),*], who: $who, ask: $ask,
            writes: $writes, reads: $reads, refused: $refused, calls: $calls,
        },)*)*]
    };
}

pub(crate) const TABLE: &[&[Row]] = &[USERS, SWITCHES, LINKS, UNLINKS, PURGES, STATES];

const USERS: &[Row] = rows! {
    "create-platform-user" {
        "done" "" [Nobody, Ids] Admin, Named => 6.0 0.0 0.0 "TransactWriteItems";
        "done" "with a lease of ids" [Nobody] Admin, Named => 7.0 0.0 0.0 "UpdateItem TransactWriteItems";
        "done" "purged before" [Purged] Admin, Named => 6.0 0.0 0.0 "TransactWriteItems";
        "user_already_exists" "" [] Admin, Named => 0.0 0.0 6.0 "TransactWriteItems!";
    }
    "upsert-platform-user" {
        "done" "a new user, with a lease of ids" [Nobody] Admin, Named => 7.0 1.0 0.0 "GetItem UpdateItem TransactWriteItems";
        "done" "another name" [] Admin, Named => 1.0 3.0 0.0 "GetItem BatchGetItem UpdateItem";
        "done" "the same name" [Asked] Admin, Named => 0.0 3.0 0.0 "GetItem BatchGetItem";
        "done" "the same name, another user's player is active" [Linked, OtherEnabled, Asked] Admin, Named => 0.0 4.0 0.0 "GetItem BatchGetItem BatchGetItem";
    }
    "find-platform-user" {
        "done" "" [] Admin, Named => 0.0 3.0 0.0 "GetItem BatchGetItem";
        "done" "its own player is active" [Linked, Enabled] Admin, Named => 0.0 3.0 0.0 "GetItem BatchGetItem";
        "done" "another user's player is active" [Linked, OtherEnabled] Admin, Named => 0.0 4.0 0.0 "GetItem BatchGetItem BatchGetItem";
        "user_not_found" "" [Nobody] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "user_not_found" "purged" [Purged] Admin, Named => 0.0 1.0 0.0 "GetItem";
    }
    "get-player-links" {
        "done" "with permission" [] Admin, Named => 0.0 3.0 0.0 "BatchGetItem BatchGetItem BatchGetItem";
        "done" "own person" [] User, Named => 0.0 4.0 0.0 "BatchGetItem BatchGetItem BatchGetItem";
        "done" "two users" [Linked] Admin, Named => 0.0 4.0 0.0 "BatchGetItem BatchGetItem BatchGetItem";
        "user_not_found" "" [Nobody] Admin, Named => 0.0 1.0 0.0 "BatchGetItem";
        "user_not_found" "purged" [Purged] Admin, Named => 0.0 1.0 0.0 "BatchGetItem";
        "insufficient_permissions" "no user" [] Service, Named => 0.0 0.0 0.0 "";
        "insufficient_permissions" "of somebody else" [] Other, Named => 0.0 2.0 0.0 "BatchGetItem";
        "insufficient_permissions" "of nobody" [Nobody] User, Named => 0.0 2.0 0.0 "BatchGetItem";
        "insufficient_permissions" "not active" [Changed("deactivate")] User, Named => 0.0 4.0 0.0 "BatchGetItem BatchGetItem BatchGetItem";
    }
};

const SWITCHES: &[Row] = rows! {
    "enable-cross-progression" {
        "done" "with permission" [] Admin, Named => 4.0 1.0 0.0 "GetItem TransactWriteItems";
        "done" "own person" [] User, Unnamed => 4.0 1.0 0.0 "GetItem TransactWriteItems";
        "done" "own person, another user" [Linked] User, TheOther => 6.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "already_cross_progression_player" "with permission" [Enabled] Admin, Named => 0.0 1.0 4.0 "GetItem TransactWriteItems!";
        "already_cross_progression_player" "own person" [Enabled] User, Unnamed => 0.0 1.0 4.0 "GetItem TransactWriteItems!";
        "account_not_found" "with permission" [Nobody] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "account_not_found" "own person" [Purged] User, Unnamed => 0.0 1.0 0.0 "GetItem";
        "cannot_modify_person" "no user" [] Service, Named => 0.0 0.0 0.0 "";
        "cannot_modify_person" "of somebody else" [] Other, Named => 0.0 2.0 0.0 "BatchGetItem";
        "cannot_modify_person" "not active" [Changed("deactivate")] User, Unnamed => 0.0 1.0 4.0 "GetItem TransactWriteItems!";
        "cannot_modify_person" "not active, with permission" [Changed("lock")] Admin, Named => 0.0 1.0 4.0 "GetItem TransactWriteItems!";
        "cannot_modify_person" "another user, not active" [Linked, OtherChanged("lock")] User, TheOther => 0.0 2.0 6.0 "BatchGetItem TransactWriteItems!";
        "invalid_token_claims" "" [] Admin, Unnamed => 0.0 0.0 0.0 "";
    }
    "disable-cross-progression" {
        "done" "with permission" [Enabled] Admin, Named => 1.0 1.0 0.0 "GetItem UpdateItem";
        "done" "with permission, by person_id" [Enabled] Admin, Otherwise => 1.0 0.0 0.0 "UpdateItem";
        "done" "own person" [Enabled] User, Unnamed => 4.0 1.0 0.0 "GetItem TransactWriteItems";
        "done" "own person, by person_id" [Enabled] User, Otherwise => 4.0 1.0 0.0 "GetItem TransactWriteItems";
        "done" "own person, another user" [Linked, Enabled] User, TheOther => 4.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "not_cross_progression_player" "with permission" [] Admin, Named => 0.0 1.0 1.0 "GetItem UpdateItem!";
        "not_cross_progression_player" "own person" [] User, Unnamed => 0.0 1.0 4.0 "GetItem TransactWriteItems!";
        "account_not_found" "with permission" [Nobody] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "account_not_found" "with permission, by person_id" [Nobody] Admin, Otherwise => 0.0 0.0 1.0 "UpdateItem!";
        "account_not_found" "purged, by person_id" [Purged] Admin, Otherwise => 0.0 0.0 1.0 "UpdateItem!";
        "account_not_found" "own person" [Purged] User, Unnamed => 0.0 1.0 0.0 "GetItem";
        "cannot_modify_person" "no user" [] Service, Named => 0.0 0.0 0.0 "";
        "cannot_modify_person" "of somebody else" [] Other, Named => 0.0 2.0 0.0 "BatchGetItem";
        "cannot_modify_person" "of somebody else, by person_id" [] Other, Otherwise => 0.0 1.0 0.0 "GetItem";
        "cannot_modify_person" "not active" [Enabled, Changed("deactivate")] User, Unnamed => 0.0 1.0 4.0 "GetItem TransactWriteItems!";
        "invalid_token_claims" "" [] Admin, Unnamed => 0.0 0.0 0.0 "";
    }
};

const LINKS: &[Row] = rows! {
    "link-platform-user" {
        "done" "with permission" [] Admin, Otherwise => 8.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "done" "with permission, by person_id" [] Admin, Named => 8.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "done" "both tokens" [] User, ByTokens => 10.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "invalid_token_claims" "" [] Admin, Unnamed => 0.0 0.0 0.0 "";
        "leader_not_found" "not named" [] User, Unnamed => 0.0 0.0 0.0 "";
        "leader_not_found" "with permission" [Nobody] Admin, Otherwise => 0.0 2.0 0.0 "BatchGetItem";
        "leader_not_found" "not active" [OtherChanged("deactivate")] User, ByTokens => 0.0 2.0 10.0 "BatchGetItem TransactWriteItems!";
        "account_not_found" "with permission" [NoOther] Admin, Otherwise => 0.0 2.0 0.0 "BatchGetItem";
        "account_not_found" "not active" [Changed("lock")] User, ByTokens => 0.0 2.0 10.0 "BatchGetItem TransactWriteItems!";
        "cannot_link_same_player" "" [] Admin, Same => 0.0 1.0 0.0 "BatchGetItem";
        "follower_already_linked" "to this person" [Linked] Admin, Otherwise => 0.0 2.0 0.0 "BatchGetItem";
        "follower_already_linked" "to this person, both tokens" [Linked] User, ByTokens => 0.0 4.0 0.0 "BatchGetItem BatchGetItem";
        "follower_already_linked" "to another person" [OtherLinked] Admin, Otherwise => 0.0 4.0 8.0 "BatchGetItem TransactWriteItems! BatchGetItem";
        "follower_has_cross_progression_enabled" "" [OtherEnabled] Admin, Otherwise => 0.0 4.0 8.0 "BatchGetItem TransactWriteItems! BatchGetItem";
        "follower_has_restrictions" "" [OtherQueued] Admin, Otherwise => 0.0 4.0 8.0 "BatchGetItem TransactWriteItems! BatchGetItem";
        "follower_has_restrictions" "and the leader" [Queued, OtherQueued] Admin, Otherwise => 0.0 2.0 8.0 "BatchGetItem TransactWriteItems!";
        "leader_has_restrictions" "" [Queued] Admin, Otherwise => 0.0 4.0 8.0 "BatchGetItem TransactWriteItems! BatchGetItem";
        "platform_already_linked" "" [OtherOn("Steam")] Admin, Otherwise => 0.0 4.0 8.0 "BatchGetItem TransactWriteItems! BatchGetItem";
        "insufficient_permissions" "" [] Other, Otherwise => 0.0 0.0 0.0 "";
    }
};

const UNLINKS: &[Row] = rows! {
    "unlink-platform-user" {
        "done" "with permission" [Linked] Admin, Named => 8.0 1.0 0.0 "GetItem TransactWriteItems";
        "done" "own person" [Linked] User, Unnamed => 8.0 1.0 0.0 "GetItem TransactWriteItems";
        "done" "own person, another user" [Linked] User, TheOther => 10.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "invalid_token_claims" "" [] Admin, Unnamed => 0.0 0.0 0.0 "";
        "account_not_found" "with permission" [Nobody] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "account_not_found" "own person" [Purged] User, Unnamed => 0.0 1.0 0.0 "GetItem";
        "cannot_modify_person" "no user" [] Service, Named => 0.0 0.0 0.0 "";
        "cannot_modify_person" "of somebody else" [] Other, Named => 0.0 2.0 0.0 "BatchGetItem";
        "cannot_modify_person" "not active" [Linked, Changed("deactivate")] User, Unnamed => 0.0 1.0 8.0 "GetItem TransactWriteItems!";
        "player_not_linked" "" [] Admin, Named => 0.0 1.0 8.0 "GetItem TransactWriteItems!";
        "cannot_unlink_cross_progression_player" "" [Linked, Enabled] Admin, Named => 0.0 1.0 8.0 "GetItem TransactWriteItems!";
        "user_has_restrictions" "" [Linked, Queued] Admin, Named => 0.0 1.0 8.0 "GetItem TransactWriteItems!";
    }
};

const PURGES: &[Row] = rows! {
    "queue-person-purge" {
        "done" "with permission" [] Admin, Otherwise => 2.0 0.0 0.0 "UpdateItem";
        "done" "with permission, due now" [] Admin, Now => 2.0 0.0 0.0 "UpdateItem SendMessage";
        "done" "with permission, another time" [Queued] Admin, Otherwise => 3.0 0.0 0.0 "UpdateItem";
        "done" "with permission, again" [Queued] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "done" "begun" [Queued, Begun] Admin, Otherwise => 0.0 0.0 1.0 "UpdateItem!";
        "done" "purged" [Purged] Admin, Named => 0.0 1.0 1.0 "UpdateItem! GetItem";
        "done" "own person" [] UserMay("purge:person:self"), Otherwise => 5.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "done" "own person, again" [Queued] UserMay("purge:person:self"), Named => 4.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "done" "own person, two users" [Linked] UserMay("purge:person:self"), Otherwise => 7.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "person_not_found" "" [Nobody] Admin, Named => 0.0 1.0 1.0 "UpdateItem! GetItem";
        "insufficient_permissions" "a user is deactivated" [Linked, OtherChanged("deactivate")] UserMay("purge:person:self"), Named => 0.0 2.0 6.0 "BatchGetItem TransactWriteItems!";
        "insufficient_permissions" "no permission" [] User, Named => 0.0 0.0 0.0 "";
        "insufficient_permissions" "of somebody else" [] OtherMay("purge:person:self"), Named => 0.0 2.0 0.0 "BatchGetItem";
        "insufficient_permissions" "purged" [Purged] UserMay("purge:person:self"), Named => 0.0 2.0 0.0 "BatchGetItem";
        "insufficient_permissions" "not active" [Changed("lock")] UserMay("purge:person:self"), Named => 0.0 2.0 4.0 "BatchGetItem TransactWriteItems!";
    }
    "get-person-purge" {
        "done" "with permission" [Queued] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "done" "purged" [Purged] Admin, Named => 0.0 2.0 0.0 "GetItem GetItem";
        "done" "own person" [Queued] UserMay("purge:person:self"), Named => 0.0 3.0 0.0 "BatchGetItem GetItem";
        "purge_not_found" "none is queued" [] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "purge_not_found" "nobody" [Nobody] Admin, Named => 0.0 2.0 0.0 "GetItem GetItem";
        "insufficient_permissions" "no permission" [Queued] User, Named => 0.0 0.0 0.0 "";
        "insufficient_permissions" "of somebody else" [Queued] OtherMay("purge:person:self"), Named => 0.0 2.0 0.0 "BatchGetItem";
        "insufficient_permissions" "not active" [Queued, Changed("lock")] UserMay("purge:person:self"), Named => 0.0 3.0 0.0 "BatchGetItem GetItem";
    }
    "cancel-person-purge" {
        "done" "with permission" [Queued] Admin, Named => 2.0 0.0 0.0 "UpdateItem";
        "done" "own person" [Queued] UserMay("purge:person:self"), Named => 5.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "purge_not_found" "none is queued" [] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "purge_not_found" "own person" [] UserMay("purge:person:self"), Named => 4.0 2.0 0.0 "BatchGetItem TransactWriteItems";
        "purge_not_found" "nobody" [Nobody] Admin, Named => 0.0 1.0 1.0 "UpdateItem! GetItem";
        "purge_already_started" "begun" [Queued, Begun] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "purge_already_started" "purged" [Purged] Admin, Named => 0.0 1.0 1.0 "UpdateItem! GetItem";
        "insufficient_permissions" "no permission" [Queued] User, Named => 0.0 0.0 0.0 "";
        "insufficient_permissions" "of somebody else" [Queued] OtherMay("purge:person:self"), Named => 0.0 2.0 0.0 "BatchGetItem";
        "insufficient_permissions" "not active" [Queued, Changed("lock")] UserMay("purge:person:self"), Named => 0.0 2.0 4.0 "BatchGetItem TransactWriteItems!";
    }
    "get-purge-receipt" {
        "done" "not sealed" [Purged] Admin, Named => 0.0 1.5 0.0 "GetItem Query";
        "done" "sealed" [Purged, Sealed] Admin, Named => 0.0 2.0 0.0 "GetItem Query Query";
        "done" "sealed, the hour at hand" [Purged, Sealed, Asked] Admin, Named => 0.0 1.5 0.0 "GetItem Query";
        "receipt_not_found" "" [] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "insufficient_permissions" "" [Purged] User, Named => 0.0 0.0 0.0 "";
    }
};

const STATES: &[Row] = rows! {
    "get-user" {
        "done" "" [] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "done" "itself" [] User, Named => 0.0 1.0 0.0 "GetItem";
        "AUTH-AWfge" "a service" [] Service, Named => 0.0 0.0 0.0 "";
        "AUTH-AWfge" "of somebody else" [] Other, Named => 0.0 1.0 0.0 "GetItem";
        "AUTH-AWfge" "not active" [Changed("lock")] User, Named => 0.0 1.0 0.0 "GetItem";
        "QUERY-Dfbg2" "" [Nobody] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "QUERY-Dfbg2" "purged" [Purged] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "QUERY-Dfbg2" "no id of ours" [] Admin, Odd => 0.0 0.0 0.0 "";
    }
    "get-user-rpc" {
        "done" "" [] Admin, Named => 0.0 1.0 0.0 "GetItem";
        "done" "itself" [] User, Named => 0.0 1.0 0.0 "GetItem";
        "QUERY-Dfbg2" "" [Nobody] Admin, Named => 0.0 1.0 0.0 "GetItem";
    }
    "deactivate-user" {
        "done" "" [] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-5gunjw0cd7" "" [Changed("deactivate")] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-5gp2p62iin" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-5gp2p62iin" "purged" [Purged] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-5gp2p62iin" "no id of ours" [] Admin, Odd => 0.0 0.0 0.0 "";
    }
    "deactivate-user-rpc" {
        "done" "" [] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-5gunjw0cd7" "" [Changed("deactivate")] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-5gp2p62iin" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
    }
    "reactivate-user" {
        "done" "" [Changed("deactivate")] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-s5qqcz97hf" "" [] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-9hy5kzbuk6" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-9hy5kzbuk6" "purged" [Purged] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-9hy5kzbuk6" "no id of ours" [] Admin, Odd => 0.0 0.0 0.0 "";
    }
    "reactivate-user-rpc" {
        "done" "" [Changed("deactivate")] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-s5qqcz97hf" "" [] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-9hy5kzbuk6" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
    }
    "lock-user" {
        "done" "" [] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-lgws8wtsqf" "" [Changed("lock")] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-450yxuqrh1" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-450yxuqrh1" "purged" [Purged] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-450yxuqrh1" "no id of ours" [] Admin, Odd => 0.0 0.0 0.0 "";
    }
    "lock-user-rpc" {
        "done" "" [] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-lgws8wtsqf" "" [Changed("lock")] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-450yxuqrh1" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
    }
    "unlock-user" {
        "done" "" [Changed("lock")] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-olb9vb0oca" "" [] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-x377t913pw" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-x377t913pw" "purged" [Purged] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-x377t913pw" "no id of ours" [] Admin, Odd => 0.0 0.0 0.0 "";
    }
    "unlock-user-rpc" {
        "done" "" [Changed("lock")] Admin, Named => 1.0 0.0 0.0 "UpdateItem";
        "COMMAND-olb9vb0oca" "" [] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
        "COMMAND-x377t913pw" "" [Nobody] Admin, Named => 0.0 0.0 1.0 "UpdateItem!";
    }
};
