//! Gives each user its claim and its place in its person. The users table is the truth that the
//! other tables follow.

use std::collections::HashMap;

use super::{After, Repair};
use shared::{
    aws::CallError,
    identity::{
        Claim, Person, PersonId, PlatformUser, PlayerUuid, Receipt,
        repair::{Finding, Surroundings, UserCorrections, UserVerdict, judge_user},
    },
    store::{Keys, Place, ReadReceipts, ReadRecords, RepairTables, Written},
};

/// A user and the records of other tables about it, read one after the other.
struct Look {
    user: PlatformUser,
    person: Option<Person>,
    claim: Option<Claim>,
    receipt: Option<Receipt>,
    others: HashMap<PlayerUuid, PlatformUser>,
}

/// The users that one pass over the table repairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Users whose person was not purged.
    Settled,
    /// Users whose person was purged after they had left it. They come second, when it is known
    /// which places are free.
    NewPerson,
}

impl<S: RepairTables + ReadRecords + ReadReceipts> Repair<'_, S> {
    pub(super) async fn users(&mut self) -> Result<(), CallError> {
        self.each_user(Round::Settled).await?;
        if self.some_need_a_person && self.order.apply {
            self.each_user(Round::NewPerson).await?;
        }
        Ok(())
    }

    async fn each_user(&mut self, round: Round) -> Result<(), CallError> {
        let mut after: After = None;
        loop {
            let page = self.store.users(after.as_ref()).await?;
            if round == Round::Settled {
                self.tell_unreadable("users", &page);
            }
            self.met(page.items.iter().map(|user| user.player_id));
            let persons = page.items.iter().map(|user| user.person_id).collect();
            let identities = page.items.iter().map(|user| user.entry().identity).collect();
            let around = self.look(Keys { persons, identities, ..Keys::default() }).await?;
            for user in &page.items {
                let entry = user.entry();
                let listed = around.persons.get(&user.person_id).and_then(|person| person.users.get(&user.platform));
                let claimed = around.claims.get(&entry.identity);
                if listed != Some(&entry) || claimed != Some(&user.claim()) {
                    self.user(user.player_uuid, round).await?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn user(&mut self, player_uuid: PlayerUuid, round: Round) -> Result<(), CallError> {
        // The repair of an earlier user of the same page may have changed this one.
        let Some(look) = self.look_at(player_uuid).await? else { return Ok(()) };
        let verdict = judge_user(&look.user, look.surroundings());
        match (verdict, round) {
            (UserVerdict::Purged, _) => match &look.receipt {
                Some(receipt) => self.remove_purged(receipt).await,
                None => Ok(()),
            },
            (UserVerdict::NewPerson, Round::Settled) if self.order.apply => {
                self.some_need_a_person = true;
                Ok(())
            }
            (UserVerdict::NewPerson, _) => self.move_to_person(look).await,
            (UserVerdict::Whole, _) | (_, Round::NewPerson) => Ok(()),
            (UserVerdict::Undecided(finding), Round::Settled) => {
                self.tell(finding);
                Ok(())
            }
            (UserVerdict::Correct(corrections), Round::Settled) => self.correct(&look, corrections).await,
        }
    }

    async fn correct(&mut self, look: &Look, corrections: UserCorrections) -> Result<(), CallError> {
        let findings: Vec<_> = corrections.claim.into_iter().chain(corrections.place).collect();
        let written = if self.order.apply {
            let place = place(corrections, look.person.as_ref());
            self.store.correct_user(&look.user, corrections, look.claim.as_ref(), place).await?
        } else {
            Written::Done
        };
        self.settle(written, &findings, look.user.player_uuid.0);
        Ok(())
    }

    /// Moves a user that left a person before it was purged. It moves to the person that its claim
    /// names, if that person lists it, and otherwise to a new person.
    async fn move_to_person(&mut self, look: Look) -> Result<(), CallError> {
        let user = &look.user;
        let home = self.home(&look).await?;
        let to = home.as_ref().map_or_else(|| PersonId(self.ambient.uuid()), |home| home.person_id);
        let moved = PlatformUser { person_id: to, ..user.clone() };
        let around = Surroundings { person: home.as_ref(), receipt: None, ..look.surroundings() };
        let corrections = match judge_user(&moved, around) {
            UserVerdict::Correct(corrections) => corrections,
            UserVerdict::Undecided(finding) => {
                self.tell(finding);
                return Ok(());
            }
            _ => UserCorrections { claim: None, place: None },
        };
        let written = if self.order.apply {
            let place = place(corrections, home.as_ref());
            self.store.move_to_person(user, to, corrections, look.claim.as_ref(), place).await?
        } else {
            Written::Done
        };
        self.settle(written, &[Finding::UserOfPurgedPerson(user.player_uuid)], user.player_uuid.0);
        Ok(())
    }

    async fn home(&self, look: &Look) -> Result<Option<Person>, CallError> {
        let own = look.claim.filter(|claim| claim.player_uuid == look.user.player_uuid);
        let Some(claim) = own.filter(|claim| claim.person_id != look.user.person_id) else { return Ok(None) };
        let persons = vec![claim.person_id];
        let found = self.look(Keys { persons, ..Keys::default() }).await?.persons.remove(&claim.person_id);
        let home = found.filter(|person| person.has(look.user.platform, look.user.player_uuid));
        Ok(if self.was_never_purged(claim.person_id).await? { home } else { None })
    }

    async fn look_at(&self, player_uuid: PlayerUuid) -> Result<Option<Look>, CallError> {
        let users = vec![player_uuid];
        let found = self.look(Keys { users, ..Keys::default() }).await?.users.remove(&player_uuid);
        let Some(user) = found else { return Ok(None) };
        let account = user.entry().identity;
        let (persons, identities) = (vec![user.person_id], vec![account.clone()]);
        let mut around = self.look(Keys { persons, identities, ..Keys::default() }).await?;
        let (person, claim) = (around.persons.remove(&user.person_id), around.claims.remove(&account));
        let receipt = if person.is_none() { self.store.receipt(user.person_id).await? } else { None };
        let entry = person.as_ref().and_then(|person| person.users.get(&user.platform));
        let named = claim.map(|claim| claim.player_uuid).into_iter().chain(entry.map(|entry| entry.player_uuid));
        let others = self.look(Keys { users: named.collect(), ..Keys::default() }).await?.users;
        Ok(Some(Look { user, person, claim, receipt, others }))
    }
}

impl Look {
    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            person: self.person.as_ref(),
            claim: self.claim.as_ref(),
            receipt: self.receipt.as_ref(),
            others: &self.others,
        }
    }
}

fn place(corrections: UserCorrections, person: Option<&Person>) -> Place<'_> {
    match (corrections.place, person) {
        (None, _) => Place::Listed,
        (Some(_), Some(person)) => Place::In(person),
        (Some(_), None) => Place::New,
    }
}
