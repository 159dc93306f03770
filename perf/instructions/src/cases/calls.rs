//! Calls to the tables, from records to the SDK's input, and from its output to records. Each call
//! is answered inside the SDK, so nothing is serialized, signed or sent.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    fixtures::{
        ambient, at_once, identity, now, operation, person, person_id, platform_user_id, player, purge, purge_id,
        receipt, requester, user,
    },
    items::{Item, claim_item, lease_item, person_item, receipt_item, user_item},
    measure::Measure,
};
use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor},
    error::BoxError,
    operation::{
        get_item::GetItemOutput, transact_write_items::TransactWriteItemsOutput, update_item::UpdateItemOutput,
    },
};
use aws_smithy_runtime_api::client::interceptors::{
    context::{BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextMut, Output},
    dyn_dispatch_hint,
};
use shared::{
    config::Environment,
    identity::{NewUser, QueuePurge, StateChange},
    lambda::Setup,
    store::{
        ChangeUserState, CreateUsers, Created, DynamoStore, PurgePersons, Purged, QueuePurges, Queued, ReadClaims,
        ReadPersons, ReadReceipts, ReadUsers, StateChanged,
    },
};

pub fn run(measure: &mut Measure) {
    let calls = Calls::new();
    calls.reads(measure);
    calls.writes(measure);
}

struct Calls {
    setup: Setup,
    answers: Answers,
}

impl Calls {
    fn new() -> Self {
        let tables = ["PERSONS", "USERS", "IDENTITIES", "RECEIPTS", "SEALS", "SEQUENCES"];
        let tables = tables.map(|table| (format!("{table}_TABLE"), format!("roster-{}", table.to_lowercase())));
        let aws = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let aws = aws.map(|variable| (variable.to_owned(), "eu-west-1".to_owned()));
        let answers = Answers::default();
        let environment: Environment = tables.into_iter().chain(aws).collect();
        Self { setup: Setup::new(environment, ambient(), vec![SharedInterceptor::new(answers.clone())]), answers }
    }

    fn store(&self) -> DynamoStore {
        self.setup.store().expect("everything is set")
    }

    fn reads(&self, measure: &mut Measure) {
        let (store, key) = (self.store(), identity(0));
        let found = |item: Item| {
            move || self.answers.push(Output::erase(GetItemOutput::builder().set_item(Some(item.clone())).build()))
        };
        let read = |()| at_once(store.user(player(0)));
        measure.case("store: read user", found(user_item()), read, |read| *read == Ok(Some(user(0))));
        let read = |()| at_once(store.claim(&key));
        measure.case("store: read claim", found(claim_item()), read, |read| matches!(read, Ok(Some(_))));
        let read = |()| at_once(store.person(person_id()));
        let is_whole = Ok(Some(person(person_id())));
        measure.case("store: read person of 3 users", found(person_item()), read, |read| *read == is_whole);
        let read = |()| at_once(store.receipt(receipt(1).person_id));
        measure.case("store: read receipt", found(receipt_item()), read, |read| *read == Ok(Some(receipt(1))));
    }

    fn writes(&self, measure: &mut Measure) {
        let new = NewUser {
            platform: user(0).platform,
            platform_user_id: platform_user_id(),
            display_name: user(0).display_name,
            player_uuid: player(0),
            person_id: person_id(),
            first_login: None,
            operation: operation(),
            now: now(),
        };
        // Each run has its own store, so that it must lease a block of player ids.
        let fresh = || {
            self.transacted();
            self.updated(lease_item());
            self.store()
        };
        let create = |store: DynamoStore| at_once(store.create_user(&new));
        measure.case("store: create user", fresh, create, |created| matches!(created, Ok(Created::User(_))));

        let (store, person, receipt) = (self.store(), person(person_id()), receipt(1));
        let change = |()| at_once(store.change_user_state(player(0), StateChange::Deactivate, operation(), now()));
        measure.case(
            "store: change state",
            || self.updated(user_item()),
            change,
            |changed| *changed == Ok(StateChanged::Done(user(0))),
        );
        let queued = QueuePurge {
            person_id: person_id(),
            purge_id: purge_id(),
            purge_on: purge().purge_on,
            due_on: purge().due_on,
            retime: true,
            requested_by: requester(),
            operation: operation(),
            now: now(),
        };
        let queue = |()| at_once(store.queue_purge(&queued));
        measure.case(
            "store: queue purge",
            || self.updated(person_item()),
            queue,
            |queued| matches!(queued, Ok(Queued::Set(_))),
        );
        let remove = |()| at_once(PurgePersons::purge(&store, &person, &receipt, operation()));
        measure.case("store: purge of 3 users", || self.transacted(), remove, |purged| *purged == Ok(Purged::Done));
    }

    fn updated(&self, item: Item) {
        self.answers.push(Output::erase(UpdateItemOutput::builder().set_attributes(Some(item)).build()));
    }

    fn transacted(&self) {
        self.answers.push(Output::erase(TransactWriteItemsOutput::builder().build()));
    }
}

/// Ends each call before it begins, and returns the output that was stored here last.
#[derive(Debug, Clone, Default)]
struct Answers(Arc<Mutex<Vec<Output>>>);

impl Answers {
    fn push(&self, output: Output) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(output);
    }
}

#[dyn_dispatch_hint]
impl Intercept for Answers {
    fn name(&self) -> &'static str {
        "Answers"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Err("it is answered here".into())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let output = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().ok_or("there is no answer")?;
        context.inner_mut().set_output_or_error(Ok(output));
        Ok(())
    }
}
