//! Where nothing can be written.

use std::{fs::File, io, process::Stdio};

/// A pipe whose reader has gone, as with `| head`.
pub fn closed_pipe() -> Stdio {
    let (_, writer) = io::pipe().expect("a pipe");
    writer.into()
}

/// A full disk.
pub fn full_disk() -> Stdio {
    File::options().write(true).open("/dev/full").expect("/dev/full").into()
}
