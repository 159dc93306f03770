use std::fmt::Display;

/// What the one line of a request says beside its answer. The endpoint notes it while it works.
#[derive(Default)]
pub struct Audit {
    pub(super) actor: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) person: Option<String>,
    pub(super) cause: Option<String>,
}

impl Audit {
    /// Notes who acts: a hash, never the subject of the token.
    pub fn set_actor(&mut self, actor: impl Display) {
        self.actor = Some(actor.to_string());
    }

    /// Notes the person or player that the request is about, by its uuid. The last note counts.
    pub fn set_subject(&mut self, subject: impl Display) {
        self.subject = Some(subject.to_string());
    }

    /// Notes the person that changes, where the subject is a player. The last note counts.
    pub fn set_person(&mut self, person_id: impl Display) {
        self.person = Some(person_id.to_string());
    }

    /// Notes what went wrong, for the operator and not for the caller. The last note counts.
    pub fn set_cause(&mut self, cause: impl Display) {
        self.cause = Some(cause.to_string());
    }
}

/// Shows which notes there are. What they say may be personal.
impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_noted = [&self.actor, &self.subject, &self.person, &self.cause].map(Option::is_some);
        f.debug_tuple("Audit").field(&is_noted).finish()
    }
}
