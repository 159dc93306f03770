//! Outputs that cannot be written to.

use std::{fs::File, io, process::Stdio};

/// A pipe whose reader has closed it, as `| head` does.
pub fn closed_pipe() -> Stdio {
    let (_, writer) = io::pipe().expect("a pipe");
    writer.into()
}

/// A full disk.
pub fn full_disk() -> Stdio {
    File::options().write(true).open("/dev/full").expect("/dev/full").into()
}
