//! Purges in the contract.

use shared::identity::{PersonId, PurgeId, Second, UserState};

use super::{Spec, Told, told};
use crate::history::Entry;

impl Spec {
    pub(super) fn queue(&mut self, entry: &Entry, id: PersonId, suggested: Option<i64>) -> Told {
        let banned = self.users.iter().any(|user| user.person == id && user.state == UserState::Inactive);
        if entry.caller.is_some() && (banned || !self.owns(entry.caller, id)) {
            return told(403, "insufficient_permissions");
        }
        let receipt = self.receipt(id);
        let Some(person) = self.person_mut(id) else {
            return match receipt {
                Some(on) => told(202, "").with("/status", "complete").with("/purge_on", on),
                None => told(404, "person_not_found"),
            };
        };
        person.purge = match (person.purge, entry.note.purge) {
            (Some((purge_id, _)), Some((_, on))) if suggested.is_some() => Some((purge_id, on)),
            (None, noted) => noted,
            (standing, _) => standing,
        };
        match person.purge {
            Some((_, on)) => told(202, "").with("/status", "queued").with("/purge_on", on),
            None => told(0, ""),
        }
    }

    pub(super) fn cancel(&mut self, entry: &Entry, id: PersonId) -> Told {
        if entry.caller.is_some() && !self.owns(entry.caller, id) {
            return told(403, "insufficient_permissions");
        }
        let is_over = self.receipt(id).is_some();
        match self.person_mut(id).map(|person| person.purge.take()) {
            None if is_over => told(409, "purge_already_started"),
            Some(Some(_)) => told(204, ""),
            _ => told(404, "purge_not_found"),
        }
    }

    pub(super) fn get_purge(&self, entry: &Entry, id: PersonId) -> Told {
        if entry.caller.is_some() && !self.owns(entry.caller, id) {
            return told(403, "insufficient_permissions");
        }
        let (status, on) = match self.person(id) {
            Some(person) => ("queued", person.purge.map(|(_, on)| on)),
            None => ("complete", self.receipt(id)),
        };
        match on {
            Some(on) => told(200, "").with("/status", status).with("/purge_on", on),
            None => told(404, "purge_not_found"),
        }
    }

    pub(super) fn purge(&mut self, id: PersonId, carried_out: (PurgeId, Second)) -> Told {
        match self.person(id).and_then(|person| person.purge) {
            Some(standing) if standing == carried_out => {
                self.persons.retain(|person| person.id != id);
                self.users.retain(|user| user.person != id);
                self.receipts.push((id, carried_out.1));
                told(0, "")
            }
            _ => told(1, ""),
        }
    }
}
