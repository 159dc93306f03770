//! `roster repair`: what it tells, and what somebody should do about it.

use std::process::ExitCode;

use shared::{ambient::Ambient, config::Environment, identity::repair::Finding};

use super::{arguments::Repair, log, refuse, say};
use crate::{
    operate::{
        Target,
        repair::{Order, Report, repair as set_right},
    },
    problem::Problem,
};

const LOG_FILTER: &str = "warn,dynoxide=error,rustack_sqs_core=warn";

pub(super) async fn repair(arguments: Repair) -> ExitCode {
    log::start(LOG_FILTER);
    if arguments.restored_to.is_some_and(|to| to > Ambient::system().now().round_down()) {
        return refuse(&"--restored-to is in the future: it is the time to which the tables were put back");
    }
    let target = match target(&arguments).await {
        Ok(target) => target,
        Err(error) => return refuse(&error),
    };
    let Repair { apply, restored_to, skip_player_ids, .. } = arguments;
    let order = Order { apply, restored_to, skip_player_ids };
    let mut said = Ok(());
    let mut tell = |finding: &Finding| {
        if said.is_ok() {
            said = say(finding);
        }
    };
    let repaired = set_right(target.store(), order, target.ambient(), &mut tell).await;
    target.close().await;
    match repaired {
        Ok(report) => said.and_then(|()| end(&report, apply)).unwrap_or_else(|error| refuse(&error)),
        Err(error) => refuse(&Problem::call("the repair stopped, run it again", &error)),
    }
}

async fn target(arguments: &Repair) -> Result<Target, Problem> {
    if arguments.aws {
        return Target::aws(&Environment::from_process(), Ambient::system());
    }
    let target = Target::folder_alone(&arguments.data, Ambient::system()).await;
    target.map_err(|error| match error {
        Problem::FolderLocked(folder) => {
            let problem = "a roster runs on it, and a repair works alone: stop it first".to_owned();
            Problem::Folder { folder, problem }
        }
        error => error,
    })
}

fn end(report: &Report, applied: bool) -> Result<ExitCode, Problem> {
    say(report)?;
    if !report.is_empty() && !applied {
        say(&"nothing was changed: --apply sets it right")?;
    }
    for (kind, advice) in ADVICE {
        if report.of(kind) > 0 {
            say(&format_args!("{kind}: {advice}"))?;
        }
    }
    Ok(if report.needs_somebody() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

const ADVICE: [(&str, &str); 4] = [
    (
        "same-account",
        "decide which of both users keeps the account, delete the other from the table of users, run again",
    ),
    (
        "same-platform",
        "decide which of both users stays in the person, give the other a new uuid as person_id, run again",
    ),
    (
        "unreadable",
        "put the item back as it was, from a backup, and run again; a receipt must never be deleted: whom it tells of would come back",
    ),
    ("changed-meanwhile", "somebody else writes: stop the API and the workers, run again"),
];
