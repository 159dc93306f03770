//! Commands work beside a running bundle, on its folder alone, and on AWS.

use std::fs;

use roster_local::{
    Bundle, Options, Problem,
    operate::{Scope, Target, verify},
};
use shared::{ambient::Ambient, config::Environment};
use tests::roster::Folder;

use crate::scene::*;

async fn start(folder: &Folder) -> Bundle {
    let data = Some(folder.path().to_owned());
    Bundle::start(Options { data, worker: false, ..Options::default() }).await.unwrap()
}

async fn target(folder: &Folder) -> Result<Target, Problem> {
    Target::folder(folder.path(), Ambient::system()).await
}

fn says_where(folder: &Folder) -> bool {
    folder.path().join("roster.addresses").exists()
}

/// Fails if anything is wrong with the seals. Returns their number.
async fn whole(target: &Target) -> u64 {
    let keys = trusted(target).await;
    let mut findings = Vec::new();
    let verified = verify(target, &keys, Scope::default(), |finding| findings.push(finding.clone())).await.unwrap();
    assert_eq!(findings, []);
    verified.seals
}

#[tokio::test]
async fn a_folder_is_worked_on_beside_its_roster_and_without_it() {
    let folder = Folder::new();
    let bundle = start(&folder).await;
    bundle.invoke("seal-receipts", schedule()).await.unwrap();
    let beside = target(&folder).await.unwrap();
    assert_eq!(whole(&beside).await, 1);
    let key = beside.seal_keys().await.unwrap();
    beside.close().await;
    assert!(says_where(&folder));
    bundle.stop().await;
    assert!(!says_where(&folder));
    let alone = target(&folder).await.unwrap();
    assert_eq!((whole(&alone).await, alone.seal_keys().await.unwrap()), (1, key));
    assert!(target(&folder).await.is_err_and(|error| matches!(error, Problem::NotAnnounced(_))));
    alone.close().await;
    start(&folder).await.stop().await;
}

#[tokio::test]
async fn what_a_crashed_roster_left_behind_is_not_believed() {
    let folder = Folder::new();
    let bundle = start(&folder).await;
    bundle.invoke("seal-receipts", schedule()).await.unwrap();
    let left = fs::read(folder.path().join("roster.addresses")).unwrap();
    bundle.stop().await;
    fs::write(folder.path().join("roster.addresses"), left).unwrap();
    let alone = target(&folder).await.unwrap();
    assert_eq!(whole(&alone).await, 1);
    assert!(!says_where(&folder));
    alone.close().await;
}

#[tokio::test]
async fn a_folder_without_tables_is_named_and_nothing_is_made_in_it() {
    let folder = Folder::new();
    for _ in 0..2 {
        let error = target(&folder).await.unwrap_err();
        assert!(error.to_string().contains(folder.text()), "{error}");
    }
    assert!(!folder.path().exists());
    fs::create_dir(folder.path()).unwrap();
    assert!(target(&folder).await.is_err());
    assert!(!folder.path().join("roster.db").exists());
}

#[tokio::test]
async fn on_aws_everything_is_named_by_variables_and_a_missing_one_by_its_name() {
    let world = without_worker().await;
    seal_now(&world).await;
    let addresses = world.bundle.addresses();
    let mut variables: Vec<(String, String)> =
        world.bundle.environment("seal-receipts").unwrap().clone().into_iter().collect();
    variables.retain(|(name, _)| !name.starts_with("AWS_LAMBDA"));
    variables.push(("PURGE_DEAD_LETTER_QUEUE_URL".into(), addresses.dead_letter_queue.clone()));
    let with = |variables: &[(String, String)]| {
        let environment: Environment = variables.iter().cloned().collect();
        Target::aws(&environment, world.ambient().clone())
    };
    let target = with(&variables).unwrap();
    assert_eq!(whole(&target).await, 1);
    assert_eq!(roster_local::operate::redrive(&target).await.unwrap().moved, 0);
    for (name, tried) in [
        ("AWS_REGION", "start"),
        ("AWS_ACCESS_KEY_ID", "start"),
        ("AWS_SECRET_ACCESS_KEY", "start"),
        ("PERSONS_TABLE", "start"),
        ("SEALS_TABLE", "start"),
        ("SEAL_KEY_ID", "keys"),
        ("PURGE_QUEUE_URL", "letters"),
        ("PURGE_DEAD_LETTER_QUEUE_URL", "letters"),
    ] {
        let without: Vec<_> = variables.iter().filter(|(other, _)| other != name).cloned().collect();
        assert_eq!(without.len() + 1, variables.len(), "{name}");
        let target = with(&without);
        let error = match tried {
            "start" => target.unwrap_err(),
            "keys" => target.unwrap().seal_keys().await.unwrap_err(),
            _ => roster_local::operate::redrive(&target.unwrap()).await.unwrap_err(),
        };
        assert!(error.to_string().starts_with(&format!("{name} is not set")), "{error}");
    }
    let unknown = variables.iter().map(|(name, value)| match name.as_str() {
        "SEAL_KEY_ID" => (name.clone(), format!("{value},arn:of:nobody")),
        _ => (name.clone(), value.clone()),
    });
    assert!(with(&unknown.collect::<Vec<_>>()).unwrap().seal_keys().await.is_err());
}
