//! Random logins and uses of sessions.

use super::{Act, Acts};
use crate::{dice::Dice, logins, tables::Tables};
use shared::identity::{
    Claim, ClientId, DisplayName, Login, NewSession, OperationId, PlayerUuid, Session, SessionId, SessionUse, Timestamp,
};

impl Acts {
    /// A call about logins, mostly on the first account.
    pub(super) fn login_act(&self, tables: &Tables, dice: &mut Dice) -> Option<Act> {
        let claim = tables.claim(&self.keys[0]).filter(|_| dice.often(700));
        let claim = claim.or_else(|| self.claim(tables, dice).map(|(_, claim)| claim))?;
        let now = Timestamp::from_millis(self.now - dice.between(0, 2_000));
        let player = claim.player_uuid;
        Some(match dice.below(12) {
            0..=5 => Act::LogIn(self.login(claim, now, dice), dice.often(50)),
            6..=8 => Act::Use(self.session_use(tables, claim, now, dice)?),
            9 => Act::EndSession(player, session(tables, player, dice)?.0),
            10 => Act::EndAll(player, dice.often(500).then_some(claim.person_id), now),
            _ => Act::Age(player),
        })
    }

    fn login(&self, claim: Claim, now: Timestamp, dice: &mut Dice) -> Login {
        let name = dice.often(300).then(|| (*dice.pick(&["name", "another"])).to_owned());
        Login {
            player_uuid: claim.player_uuid,
            person_id: claim.person_id,
            display_name: name.and_then(DisplayName::new),
            session: dice.often(900).then(|| new_session(now, dice)),
            operation: OperationId(dice.uuid()),
            now,
        }
    }

    /// A use of a session as it is, or of an earlier number of it.
    fn session_use(&self, tables: &Tables, claim: Claim, now: Timestamp, dice: &mut Dice) -> Option<SessionUse> {
        let (session, before) = session(tables, claim.player_uuid, dice)?;
        let before = Session { n: if dice.often(150) { before.n + 1 } else { before.n }, ..before };
        let n = if dice.often(700) { before.n + 1 } else { before.n };
        let used = if dice.often(800) { before.used.max(now) } else { now };
        let ends = logins::SETTINGS.sessions.end(before.issued, used);
        let after = Session { n, used, ends, ..before.clone() };
        Some(SessionUse { player_uuid: claim.player_uuid, person_id: claim.person_id, session, before, after })
    }
}

/// A session for a first login or another.
pub(super) fn new_session(now: Timestamp, dice: &mut Dice) -> NewSession {
    let id = SessionId(dice.uuid());
    NewSession::new(id, client(dice), &logins::SETTINGS.sessions, now)
}

fn client(dice: &mut Dice) -> ClientId {
    logins::client(usize::from(dice.often(200)))
}

fn session(tables: &Tables, player: PlayerUuid, dice: &mut Dice) -> Option<(SessionId, Session)> {
    let sessions: Vec<_> = tables.logins.get(&player)?.sessions.as_ref()?.0.iter().collect();
    let (id, session) = (!sessions.is_empty()).then(|| *dice.pick(&sessions))?;
    Some((*id, session.clone()))
}
