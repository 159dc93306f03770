//! The content of the tables, in a form in which two moments or two stages can be compared.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use tests::{World, world::TABLES};

use crate::acts::Stage;

/// Attributes with the same value in every stage. Of all other attributes only the name is
/// compared.
const TOLD: [&str; 6] = ["dispatches", "platform", "purge_status", "sequence", "state", "version"];

/// The items of all tables at one moment, without the leased player ids, which belong to nobody.
pub struct Snapshot(Vec<(&'static str, HashMap<String, AttributeValue>)>);

impl Snapshot {
    /// Takes a snapshot now.
    pub async fn of(world: &World) -> Self {
        let mut items = Vec::new();
        for table in TABLES.into_iter().filter(|table| *table != "SequencesTable") {
            items.extend(world.items(table).await.into_iter().map(|item| (table, item)));
        }
        Self(items)
    }

    /// All items with all values. Equal for two moments if nothing was written in between.
    pub fn exact(&self) -> Vec<String> {
        shown(&self.0, |_, value| plain(value))
    }

    /// The items of one stage, without the values that are random or differ by time.
    pub fn shape(&self, stage: &Stage) -> Vec<String> {
        let suffix = format!(" {}", stage.label);
        let text = |item: &HashMap<String, AttributeValue>, name: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
        };
        let mut ids = BTreeSet::from([stage.leader.person_id.clone(), stage.follower.person_id.clone()]);
        for (_, user) in self.0.iter().filter(|(_, item)| text(item, "platform_user_id").ends_with(&suffix)) {
            ids.extend([text(user, "player_uuid"), text(user, "person_id")]);
        }
        let own = |item: &_| ids.contains(&text(item, "player_uuid")) || ids.contains(&text(item, "person_id"));
        let items: Vec<_> = self.0.iter().filter(|(_, item)| own(item)).cloned().collect();
        shown(&items, |name, value| match value {
            AttributeValue::M(sessions) if name == "sessions" => numbers(sessions),
            AttributeValue::M(map) => format!("{:?}", map.keys().collect::<BTreeSet<_>>()),
            value if TOLD.contains(&name) => plain(value),
            _ => "…".to_owned(),
        })
    }
}

/// The number of the newest refresh token of each session.
fn numbers(sessions: &HashMap<String, AttributeValue>) -> String {
    let number = |session: &AttributeValue| plain(&session.as_m().expect("a session")["n"]);
    let mut numbers: Vec<_> = sessions.values().map(number).collect();
    numbers.sort();
    format!("{numbers:?}")
}

fn shown(
    items: &[(&'static str, HashMap<String, AttributeValue>)],
    show: impl Fn(&str, &AttributeValue) -> String,
) -> Vec<String> {
    let line = |(table, item): &(&str, HashMap<String, AttributeValue>)| {
        let item: BTreeMap<_, _> = item.iter().map(|(name, value)| (name, show(name, value))).collect();
        format!("{table} {item:?}")
    };
    let mut lines: Vec<_> = items.iter().map(line).collect();
    lines.sort();
    lines
}

fn plain(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            let map: BTreeMap<_, _> = map.iter().map(|(name, value)| (name, plain(value))).collect();
            format!("{map:?}")
        }
        value => format!("{value:?}"),
    }
}
