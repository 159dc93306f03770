//! `roster repair`: what it tells, and what somebody should do about it.

use std::process::ExitCode;

use shared::{ambient::Ambient, config::Environment, identity::repair::Finding};

use super::{arguments::Repair, log, print, refuse};
use crate::{
    StartError,
    data::DataFolder,
    operate::{OperateError, Target},
    repair::{Order, Report, repair as set_right},
};

const LOG_FILTER: &str = "warn,dynoxide=error,rustack_sqs_core=warn";

pub(super) async fn repair(arguments: Repair) -> ExitCode {
    log(LOG_FILTER);
    let target = match target(&arguments).await {
        Ok(target) => target,
        Err(error) => return refuse(&error),
    };
    let Repair { apply, restored_to, skip_player_ids, .. } = arguments;
    let order = Order { apply, restored_to, skip_player_ids };
    let mut tell = |finding: &Finding| {
        print(&format!("{finding}"));
    };
    let repaired = set_right(target.store(), order, target.ambient(), &mut tell).await;
    target.close().await;
    match repaired {
        Ok(report) => end(&report, apply),
        Err(source) => refuse(&OperateError::Store { what: "the repair stopped, run it again", source }),
    }
}

async fn target(arguments: &Repair) -> Result<Target, OperateError> {
    if arguments.aws {
        return Target::aws(&Environment::from_process(), Ambient::system());
    }
    // A target may be a roster that runs: a repair needs the folder for itself.
    if DataFolder::has_tables(&arguments.data) {
        match DataFolder::open(&arguments.data)?.lock() {
            Err(StartError::FolderLocked(folder)) => {
                let problem = "a roster runs on it, and a repair works alone: stop it first".to_owned();
                return Err(StartError::Folder { folder, problem }.into());
            }
            lock => drop(lock?),
        }
    }
    Target::folder(&arguments.data, Ambient::system()).await
}

fn end(report: &Report, applied: bool) -> ExitCode {
    print(&format!("{report}"));
    if !report.is_empty() && !applied {
        print("nothing was changed: --apply sets it right");
    }
    for (kind, advice) in ADVICE {
        if report.of(kind) > 0 {
            print(&format!("{kind}: {advice}"));
        }
    }
    if report.needs_somebody() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
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
    ("unreadable", "mend or delete the item by hand, run again"),
    ("changed-meanwhile", "somebody else writes: stop the API and the workers, run again"),
];
