//! `roster repair`: prints the findings, and advice on those that an operator must decide.

use std::process::ExitCode;

use shared::{ambient::Ambient, config::Environment, identity::repair::Finding};

use super::{arguments::Repair, log, refuse, say};
use crate::{
    operate::{
        Target,
        repair::{Order, Report, repair as run},
    },
    problem::Problem,
};

const LOG_FILTER: &str = "warn,dynoxide=error,rustack_sqs_core=warn";

pub(super) async fn repair(arguments: Repair) -> ExitCode {
    log::start(LOG_FILTER);
    if arguments.restored_to.is_some_and(|to| to > Ambient::system().now().round_down()) {
        return refuse(&"--restored-to is in the future: it must be the time to which the tables were restored");
    }
    let target = match target(&arguments).await {
        Ok(target) => target,
        Err(error) => return refuse(&error),
    };
    let Repair { apply, restored_to, skip_player_ids, .. } = arguments;
    let order = Order { apply, restored_to, skip_player_ids };
    let mut said = Ok(());
    let mut report = |finding: &Finding| {
        if said.is_ok() {
            said = say(finding);
        }
    };
    let repaired = run(target.store(), order, target.ambient(), &mut report).await;
    target.close().await;
    match repaired {
        Ok(report) => said.and_then(|()| end(&report, apply)).unwrap_or_else(|error| refuse(&error)),
        Err(error) => refuse(&Problem::call("the repair stopped half-way, run it again", &error)),
    }
}

async fn target(arguments: &Repair) -> Result<Target, Problem> {
    if arguments.aws {
        return Target::aws(&Environment::from_process(), Ambient::system());
    }
    let target = Target::folder_alone(&arguments.data, Ambient::system()).await;
    target.map_err(|error| match error {
        Problem::FolderLocked(folder) => {
            let problem = "a roster runs on it, and a repair must work alone: stop that roster first".to_owned();
            Problem::Folder { folder, problem }
        }
        error => error,
    })
}

fn end(report: &Report, applied: bool) -> Result<ExitCode, Problem> {
    say(report)?;
    if !report.is_empty() && !applied {
        say(&"nothing was changed: run again with --apply to repair it")?;
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
        "decide which of the two users keeps the account, delete the other from the users table, run again",
    ),
    (
        "same-platform",
        "decide which of the two users stays in the person, give the other a new uuid as person_id, run again",
    ),
    (
        "unreadable",
        "restore the item from a backup, run again; never delete a receipt: without it a purged person could come back unnoticed",
    ),
    ("changed-meanwhile", "another program writes to the tables: stop the API and the workers, run again"),
];
