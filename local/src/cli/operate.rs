//! The commands that work on a deployment: `verify`, `public-key`, `purges`, `redrive`.

use std::{fs, io::ErrorKind, path::Path, process::ExitCode};

use shared::{ambient::Ambient, config::Environment};

use super::{
    arguments::{Place, Purges, Verify},
    list::List,
    log, print, refuse, say,
};
use crate::{
    operate::{
        self, OpenPurges, PublicKey, Redriven, Scope, Target, Verified, list_done, list_open, reset_stuck, to_pem,
        verify_answer,
    },
    problem::Problem,
};

/// Shows warnings about calls that are repeated, and drops the lines of the engine.
const LOG_FILTER: &str = "warn,dynoxide=error,rustack_sqs_core=warn";

pub(super) async fn verify(arguments: Verify) -> ExitCode {
    let keys = arguments.public_keys.iter().map(|path| PublicKey::of_file(path)).collect::<Result<Vec<_>, _>>();
    let keys: Vec<_> = match keys {
        Ok(keys) => keys.into_iter().flatten().collect(),
        Err(error) => return refuse(&error),
    };
    match &arguments.receipt {
        Some(path) => answer(path, &keys),
        None => work_on(&arguments.place, async |target| chain(target, &arguments, keys).await).await,
    }
}

pub(super) async fn public_key(place: Place) -> ExitCode {
    work_on(&place, async |target| {
        for (_, der) in target.seal_keys().await? {
            say(&to_pem(&der))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn purges(arguments: Purges) -> ExitCode {
    work_on(&arguments.place, async |target| {
        if arguments.reset {
            let (reset, moved_on) = reset_stuck(target).await?;
            say(&format!(
                "{reset} stuck purges will be sent again; {moved_on} had changed meanwhile and were left alone"
            ))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut list = List::new(std::io::stdout().lock(), arguments.csv);
        if let Some(since) = arguments.since {
            list_done(target, since, |purge| list.add(purge).map_err(Problem::Output)).await?;
        } else {
            let which = if arguments.stuck { OpenPurges::Stuck } else { OpenPurges::Overdue };
            list_open(target, which, |purge| list.add(purge).map_err(Problem::Output)).await?;
        }
        list.end().map_err(Problem::Output)?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn redrive(place: Place) -> ExitCode {
    work_on(&place, async |target| {
        let Redriven { moved, refused, foreign } = operate::redrive(target).await?;
        say(&format!(
            "{moved} dead letters moved back to the purge queue; {refused} refused by it, {foreign} not about purges: both stay"
        ))?;
        Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
    .await
}

/// Verifies one answer of the endpoint, with the public key and nothing else.
fn answer(path: &Path, keys: &[PublicKey]) -> ExitCode {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(source) => return refuse(&Problem::File { path: path.to_owned(), source }),
    };
    match verify_answer(&text, keys) {
        Ok(proven) => print(&format!(
            "proven: seal {} over the hour {}, made at {}, covers this receipt: person {} was purged at {}",
            proven.number, proven.hour, proven.sealed_on, proven.person_id, proven.completed_on
        )),
        Err(problem) => refuse(&format_args!("{}: {problem}", path.display())),
    }
}

async fn chain(target: &Target, arguments: &Verify, pinned: Vec<PublicKey>) -> Result<ExitCode, Problem> {
    let keys = if pinned.is_empty() {
        let named = target.seal_keys().await?;
        named.into_iter().map(|(name, der)| PublicKey::from_der(Some(name), &der)).collect::<Result<_, _>>()?
    } else {
        pinned
    };
    let mut said = Ok(());
    let scope = Scope { since: arguments.since, noted: arguments.noted };
    let verified = operate::verify(target, &keys, scope, |finding| {
        if said.is_ok() {
            said = say(&format_args!("WRONG: {finding}"));
        }
    });
    let verified = verified.await?;
    said?;
    summary(&verified)?;
    Ok(if verified.findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summary(verified: &Verified) -> Result<(), Problem> {
    let Verified { seals, receipts, expired, unsealed, findings, last } = verified;
    say(&format_args!(
        "{seals} seals; {receipts} receipts read, {unsealed} of them in hours that are not sealed yet; {expired} sealed \
         receipts have expired"
    ))?;
    if let Some(last) = last {
        let (number, hour, hash) = (last.number, last.hour, last.hash());
        say(&format_args!("the last seal is over the hour {hour}; note it down: {number}:{hash}"))?;
    }
    match findings {
        0 => say(&"nothing is wrong"),
        findings => say(&format_args!("{findings} findings, see the lines that begin with WRONG")),
    }
}

async fn work_on(place: &Place, work: impl AsyncFnOnce(&Target) -> Result<ExitCode, Problem>) -> ExitCode {
    log::start(LOG_FILTER);
    let target = if place.aws {
        Target::aws(&Environment::from_process(), Ambient::system())
    } else {
        Target::folder(&place.data, Ambient::system()).await
    };
    let target = match target {
        Ok(target) => target,
        Err(error) => return refuse(&error),
    };
    let worked = work(&target).await;
    target.close().await;
    match worked {
        Ok(code) => code,
        // The reader of a list closed the pipe early, as `head` does.
        Err(Problem::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}
