//! Connections that send requests in a closed loop for some time.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep_until};
use uuid::Uuid;

use crate::{
    Failure,
    caller::{Ask, Caller, JSON, Samples},
    figures::{Cpu, Figures},
    story,
    tokens::Tokens,
};

/// The duration of a measurement, and the number of connections.
pub(crate) struct Window {
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// The requests of a measurement.
pub(crate) struct Load(Arc<Plan>);

struct Plan {
    tokens: Tokens,
    /// A purged person, which the mixed load needs. `None` sends only creations.
    purged: Option<String>,
}

impl Load {
    /// The mixed load of all endpoints.
    pub(crate) fn mixed(tokens: Tokens, purged: String) -> Self {
        Self(Arc::new(Plan { tokens, purged: Some(purged) }))
    }

    /// A load of creations alone.
    pub(crate) fn creations(tokens: Tokens) -> Self {
        Self(Arc::new(Plan { tokens, purged: None }))
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }
}

/// Sends the load to the address, and counts the CPU time of these process groups meanwhile.
pub(crate) async fn measure(
    load: &Load,
    address: SocketAddr,
    groups: &[u32],
    window: &Window,
) -> Result<Figures, Failure> {
    let from = Instant::now() + window.warm_up;
    let until = from + window.measured;
    let mut connections = JoinSet::new();
    for _ in 0..window.connections {
        let plan = Arc::clone(&load.0);
        connections.spawn(async move { ask(&plan, Caller::connect(address, (from, until)).await?).await });
    }
    sleep_until(from.into()).await;
    let (before, own_before) = (Cpu::of(groups)?, Cpu::own()?);
    sleep_until(until.into()).await;
    let (after, own_after) = (Cpu::of(groups)?, Cpu::own()?);
    let mut samples = Samples::new();
    while let Some(asked) = connections.join_next().await {
        for (name, took) in asked?? {
            samples.entry(name).or_default().extend(took);
        }
    }
    Ok(Figures::new(window.measured, &samples, &after.since(&before), &own_after.since(&own_before)))
}

async fn ask(plan: &Plan, mut caller: Caller) -> Result<Samples, Failure> {
    while !caller.is_over() {
        match &plan.purged {
            Some(purged) => story::tell(&mut caller, &plan.tokens, purged).await?,
            None => create(&mut caller, &plan.tokens).await?,
        }
    }
    Ok(caller.samples())
}

async fn create(caller: &mut Caller, tokens: &Tokens) -> Result<(), Failure> {
    let id = Uuid::new_v4();
    let body = format!(r#"{{"platform":"Steam","platform_user_id":"{id}","display_name":"Ada"}}"#);
    let created = caller.call(Ask {
        name: "create-platform-user",
        method: "POST",
        path: "/users/v1/platform-user",
        authorization: &tokens.admin,
        body: Some((JSON, body)),
        status: 201,
    });
    created.await.map(drop)
}
