use std::fmt::Display;

/// Notes for the audit line of a request. The endpoint adds them while it handles the request.
#[derive(Default)]
pub struct Audit {
    pub(super) actor: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) person: Option<String>,
    pub(super) cause: Option<String>,
}

impl Audit {
    /// Notes the caller: a hash, never the subject of the token.
    pub fn set_actor(&mut self, actor: impl Display) {
        self.actor = Some(actor.to_string());
    }

    /// Notes the uuid of the person or player that the request concerns. The last note counts.
    pub fn set_subject(&mut self, subject: impl Display) {
        self.subject = Some(subject.to_string());
    }

    /// Notes the person that changes, if the subject is a player. The last note counts.
    pub fn set_person(&mut self, person_id: impl Display) {
        self.person = Some(person_id.to_string());
    }

    /// Notes the cause of a failure, for the operator only. The last note counts.
    pub fn set_cause(&mut self, cause: impl Display) {
        self.cause = Some(cause.to_string());
    }
}

/// Shows which notes exist, not their values: they may be personal.
impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_noted = [&self.actor, &self.subject, &self.person, &self.cause].map(Option::is_some);
        f.debug_tuple("Audit").field(&is_noted).finish()
    }
}
