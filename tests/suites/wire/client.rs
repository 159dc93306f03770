//! One client: its requests about one person, and their answers.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    User,
    random::Random,
    world::{link_body, percent, purge_path},
};

use crate::{
    front::{Answered, Front, Sent},
    ledger::{Change, Ledger, Standing, now},
};

const PLATFORMS: [&str; 4] = ["Steam", "Epic", "PSN", "Apple"];
const DAY: i64 = 86_400;

/// The history of a person.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// No purge is queued.
    Kept,
    /// A purge is queued for a few seconds later.
    Due,
    /// A purge is queued for a few seconds later. Its accounts are created again afterwards.
    Returning,
    /// A purge is queued for a few seconds later, and another user is linked meanwhile.
    Joined,
    /// A purge is queued for tomorrow.
    Later,
    /// A purge is queued for tomorrow, then re-timed for now.
    Sooner,
    /// A purge is queued for a few seconds later, then put off until tomorrow.
    PutOff,
    /// A purge is cancelled, perhaps too late.
    Cancelled,
    /// A purge is cancelled and queued again.
    Requeued,
    /// A purge is re-timed twice and cancelled, all at the same time.
    Contested,
}

const FATES: [Fate; 16] = [
    Fate::Kept,
    Fate::Kept,
    Fate::Due,
    Fate::Due,
    Fate::Due,
    Fate::Due,
    Fate::Returning,
    Fate::Returning,
    Fate::Joined,
    Fate::Joined,
    Fate::Later,
    Fate::Sooner,
    Fate::PutOff,
    Fate::Cancelled,
    Fate::Requeued,
    Fate::Contested,
];

/// One client.
pub struct Client<'f> {
    front: &'f Front,
    dice: Random,
    name: String,
}

impl<'f> Client<'f> {
    pub fn new(front: &'f Front, seed: u64, index: usize) -> Self {
        Self { front, dice: Random::of(seed, "client", index as u64), name: format!("person {index}") }
    }

    /// Sends the requests of one history. Returns the ledgers of its persons.
    pub async fn live(mut self) -> Vec<Ledger> {
        let fate = *self.dice.pick(&FATES);
        let users = *self.dice.pick(&[1, 1, 2, 3]);
        let mut ledger = self.person("", users).await;
        let soon = now() + i64::try_from(self.dice.below(4)).unwrap();
        match fate {
            Fate::Kept => {}
            Fate::Due => self.queue(&mut ledger, soon).await,
            Fate::Returning => {
                self.queue(&mut ledger, soon).await;
                return self.return_after(ledger).await;
            }
            Fate::Joined => {
                self.queue(&mut ledger, soon).await;
                return self.join(ledger).await;
            }
            Fate::Later => self.queue(&mut ledger, now() + DAY).await,
            Fate::Sooner => {
                self.queue(&mut ledger, now() + DAY).await;
                self.queue(&mut ledger, soon).await;
            }
            Fate::PutOff => {
                self.queue(&mut ledger, soon).await;
                self.wait().await;
                self.queue(&mut ledger, now() + DAY).await;
            }
            Fate::Cancelled => {
                self.queue(&mut ledger, soon).await;
                self.wait().await;
                self.cancel(&mut ledger).await;
            }
            Fate::Requeued => {
                self.queue(&mut ledger, soon + 1).await;
                self.cancel(&mut ledger).await;
                self.queue(&mut ledger, soon).await;
            }
            Fate::Contested => self.contest(&mut ledger, soon).await,
        }
        vec![ledger]
    }

    /// Creates a person with so many users. It may get an active player or a deactivated user.
    async fn person(&mut self, suffix: &str, users: usize) -> Ledger {
        let mut ledger = Ledger::new(self.create(PLATFORMS[0], suffix).await);
        for platform in &PLATFORMS[1..users] {
            let user = self.create(platform, suffix).await;
            assert!(self.link(&mut ledger, user).await.is_none(), "{ledger:?} takes nobody in");
        }
        if self.dice.below(3) == 0 {
            let active = self.dice.below(users);
            let user = &ledger.users[active];
            let pair = json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
            self.change("/users/v1/cross-progression/enable", pair, "already_cross_progression_player").await;
            ledger.active = Some(active);
        }
        if self.dice.below(4) == 0 {
            let inactive = self.dice.below(users);
            let path = format!("/v2/users/{}/deactivate", ledger.users[inactive].player_uuid);
            self.change(&path, json!({}), "COMMAND-5gunjw0cd7").await;
            ledger.inactive[inactive] = true;
        }
        ledger
    }

    /// Sends a creation until its result is known.
    async fn create(&self, platform: &str, suffix: &str) -> User {
        let id = format!("{}{suffix}", self.name);
        let body = json!({ "platform": platform, "platform_user_id": id });
        let Answered { answer, unsure, .. } = self.front.ask("POST", "/users/v1/platform-user", &body).await;
        let body = match answer.status {
            201 => answer.json(),
            409 if unsure => self.find(platform, &id).await.expect("whoever is in the way is there"),
            _ => panic!("{body}: {} {}", answer.status, answer.text),
        };
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        User {
            platform: platform.to_owned(),
            platform_user_id: id,
            player_uuid: text("player_uuid"),
            player_id: body["player_id"].as_u64().unwrap(),
            person_id: text("person_id"),
        }
    }

    async fn find(&self, platform: &str, id: &str) -> Option<Value> {
        let path = format!("/users/v1/platform-user?platform={platform}&platform_user_id={}", percent(id));
        let answer = self.front.ask("GET", &path, &Value::Null).await.answer;
        assert!(matches!(answer.status, 200 | 404), "{path}: {}", answer.text);
        (answer.status == 200).then(|| answer.json())
    }

    /// Sends a link until its result is known. Returns the follower if it is not linked.
    async fn link(&self, ledger: &mut Ledger, follower: User) -> Option<User> {
        let body = link_body(&ledger.users[0], &follower);
        let Answered { answer, unsure, .. } = self.front.ask("POST", "/users/v1/link", &body).await;
        let person_id = match answer.status {
            200 => Some(ledger.person_id().to_owned()),
            _ if unsure => {
                let found = self.find(&follower.platform, &follower.platform_user_id).await;
                // Only a purge of the leader can have removed it.
                found.map_or(Some(ledger.person_id().to_owned()), |it| it["person_id"].as_str().map(str::to_owned))
            }
            _ => None,
        };
        if person_id.as_deref() == Some(ledger.person_id()) {
            let person_id = ledger.person_id().to_owned();
            ledger.joined(User { person_id, ..follower });
            return None;
        }
        assert!(ledger.may_be_queued(), "{ledger:?}: {} {}", answer.status, answer.text);
        Some(follower)
    }

    /// Sends a change that can only be done once. The answer that it is already done needs an
    /// earlier attempt.
    async fn change(&self, path: &str, body: Value, already: &str) {
        let Answered { answer, unsure, .. } = self.front.ask("POST", path, &body).await;
        let fine = answer.status == 200 || unsure && answer.text.contains(already);
        assert!(fine, "{path} {body}: {} {}", answer.status, answer.text);
    }

    /// Whether the client gives up without an answer. Half of the clients do, the others send
    /// again.
    fn gives_up(&mut self) -> bool {
        self.dice.below(2) == 0
    }

    async fn queue(&mut self, ledger: &mut Ledger, suggested: i64) {
        let (path, body) = (purge_path(ledger.person_id()), json!({ "suggested_purge_time": suggested }));
        loop {
            let sent = now();
            let Sent { answer, epoch } = self.front.send("POST", &path, &body).await;
            match answer {
                Some(answer) => return ledger.queued(suggested, sent, &answer, epoch),
                None => ledger.unanswered(Change::Queue(suggested.max(sent)), epoch),
            }
            if self.gives_up() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn cancel(&mut self, ledger: &mut Ledger) {
        let path = purge_path(ledger.person_id());
        loop {
            let Sent { answer, epoch } = self.front.send("DELETE", &path, &Value::Null).await;
            match answer {
                Some(answer) => return ledger.cancelled(&answer, epoch),
                None => ledger.unanswered(Change::Cancel, epoch),
            }
            if self.gives_up() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends three changes at the same time, whose order is unknown, and reads the purge
    /// afterwards.
    async fn contest(&mut self, ledger: &mut Ledger, soon: i64) {
        self.queue(ledger, soon + 1).await;
        let path = purge_path(ledger.person_id());
        let retime = |on: i64| (on, json!({ "suggested_purge_time": on }));
        let ((first, sooner), (second, later)) = (retime(soon + 1), retime(now() + DAY));
        let sent = now();
        let (sooner, later, cancelled) = tokio::join!(
            self.front.send("POST", &path, &sooner),
            self.front.send("POST", &path, &later),
            self.front.send("DELETE", &path, &Value::Null),
        );
        ledger.unanswered(Change::Queue(first.max(sent)), sooner.epoch);
        ledger.unanswered(Change::Queue(second), later.epoch);
        ledger.unanswered(Change::Cancel, cancelled.epoch);
        for (sent, expected) in [(sooner, [202, 202, 202]), (later, [202, 202, 202]), (cancelled, [204, 404, 409])] {
            let verdict = sent.answer.map(|answer| (answer.status, answer.text));
            assert!(verdict.as_ref().is_none_or(|it| expected.contains(&it.0)), "{ledger:?}: {verdict:?}");
        }
        self.look(ledger).await;
    }

    async fn look(&self, ledger: &mut Ledger) -> Standing {
        look(self.front, ledger).await
    }

    /// Creates the accounts again as soon as the person is purged. Nothing may happen to the new
    /// users.
    async fn return_after(&mut self, mut ledger: Ledger) -> Vec<Ledger> {
        for _ in 0..600 {
            match self.look(&mut ledger).await {
                Standing::Complete(_) => break,
                // The request to queue the purge was never carried out.
                Standing::None => return vec![ledger],
                Standing::Queued(_) => tokio::time::sleep(Duration::from_millis(500)).await,
            }
        }
        assert!(matches!(self.look(&mut ledger).await, Standing::Complete(_)), "{ledger:?} is due for minutes");
        let anew = self.person("", ledger.users.len()).await;
        for (old, new) in ledger.users.iter().zip(&anew.users) {
            assert!(old.player_uuid != new.player_uuid && old.person_id != new.person_id, "{old:?} came back");
        }
        vec![ledger, anew]
    }

    /// Links another user meanwhile. That user is purged with the person, or stays alone.
    async fn join(&mut self, mut ledger: Ledger) -> Vec<Ledger> {
        let follower = self.create(PLATFORMS[3], " joins").await;
        match self.link(&mut ledger, follower).await {
            None => vec![ledger],
            Some(follower) => vec![ledger, Ledger::new(follower)],
        }
    }

    async fn wait(&mut self) {
        let pause = self.dice.below(2500);
        tokio::time::sleep(Duration::from_millis(pause as u64)).await;
    }
}

/// Reads the state of the purge.
pub async fn look(front: &Front, ledger: &mut Ledger) -> Standing {
    let Answered { answer, epoch, .. } = front.ask("GET", &purge_path(ledger.person_id()), &Value::Null).await;
    ledger.seen(&answer, epoch)
}
