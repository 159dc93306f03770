//! Prints purges as a table for people, or as comma-separated values (RFC 4180) for programs. It
//! writes row by row, so that a long list needs no memory.

use std::{
    fmt::Display,
    io::{self, Write},
};

use crate::operate::ListedPurge;

const NAMES: [&str; 9] = [
    "person_id",
    "purge_id",
    "purge_on",
    "due_on",
    "completed_on",
    "dispatches",
    "late_seconds",
    "requested_by",
    "users",
];

/// A list of purges that is being written.
pub(super) struct List<W> {
    out: W,
    csv: bool,
    rows: u64,
}

impl<W: Write> List<W> {
    pub(super) fn new(out: W, csv: bool) -> Self {
        Self { out, csv, rows: 0 }
    }

    /// Writes one row. The first row comes after the names of the columns.
    pub(super) fn add(&mut self, purge: &ListedPurge) -> io::Result<()> {
        if self.rows == 0 {
            self.names()?;
        }
        self.rows += 1;
        let row = [
            purge.person_id.to_string(),
            purge.purge_id.to_string(),
            purge.purge_on.to_string(),
            text(purge.due_on.as_ref()),
            text(purge.completed_on.as_ref()),
            purge.dispatches.to_string(),
            if self.csv { purge.late_seconds.to_string() } else { lateness(purge.late_seconds) },
            text(purge.requested_by.as_ref()),
            text(purge.users.as_ref()),
        ];
        self.row(&row.each_ref().map(String::as_str))
    }

    /// Ends the list with the lines below the rows.
    pub(super) fn end(mut self) -> io::Result<()> {
        match (self.csv, self.rows) {
            (true, 0) => self.names(),
            (true, _) => Ok(()),
            (false, 1) => writeln!(self.out, "1 purge"),
            (false, rows) => writeln!(self.out, "{rows} purges"),
        }
    }

    fn names(&mut self) -> io::Result<()> {
        let names = if self.csv { NAMES } else { NAMES.map(|name| if name == "late_seconds" { "late" } else { name }) };
        self.row(&names)
    }

    fn row(
        &mut self,
        [person_id, purge_id, purge_on, due_on, completed_on, dispatches, late, by, users]: &[&str; 9],
    ) -> io::Result<()> {
        if self.csv {
            let row = [person_id, purge_id, purge_on, due_on, completed_on, dispatches, late, by, users];
            write!(self.out, "{}\r\n", row.map(|value| quoted(value)).join(","))?;
        } else {
            writeln!(
                self.out,
                "{person_id:36}  {purge_id:36}  {purge_on:20}  {due_on:20}  {completed_on:20}  {dispatches:>10}  \
                 {late:>9}  {users:>5}  {by}"
            )?;
        }
        Ok(())
    }
}

fn text(value: Option<&impl Display>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// Puts a value with a comma, a quote or a line break in quotes.
fn quoted(value: &str) -> String {
    if value.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

/// A duration in its two largest units.
fn lateness(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use shared::identity::{PersonId, PurgeId, Requester, Second};
    use uuid::Uuid;

    use super::*;

    fn written(csv: bool, purges: &[ListedPurge]) -> String {
        let mut out = Vec::new();
        let mut list = List::new(&mut out, csv);
        for purge in purges {
            list.add(purge).unwrap();
        }
        list.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn purge() -> ListedPurge {
        ListedPurge {
            person_id: PersonId(Uuid::from_u128(1)),
            purge_id: PurgeId(Uuid::from_u128(2)),
            purge_on: Second::from_unix(1_795_338_000),
            due_on: None,
            completed_on: Some(Second::from_unix(1_795_338_061)),
            dispatches: 1,
            late_seconds: 61,
            requested_by: Some(Requester::Itself),
            users: Some(3),
        }
    }

    #[test]
    fn values_are_separated_by_commas_and_lines_end_as_rfc_4180_says() {
        let names = "person_id,purge_id,purge_on,due_on,completed_on,dispatches,late_seconds,requested_by,users\r\n";
        let row = "00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,2026-11-22T09:00:00Z,,\
                   2026-11-22T09:01:01Z,1,61,self,3\r\n";
        assert_eq!(written(true, &[]), names);
        assert_eq!(written(true, &[purge(), purge()]), format!("{names}{row}{row}"));
        assert_eq!(quoted("a,\"b\"\r\n"), "\"a,\"\"b\"\"\r\n\"");
    }

    #[test]
    fn the_columns_of_a_table_stand_below_their_names() {
        let table = written(false, &[purge()]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!((lines.len(), lines[2]), (3, "1 purge"));
        for (name, value) in
            [("purge_id", "00000000-0000-0000-0000-000000000002"), ("completed_on", "2026-11-22T09:01:01Z")]
        {
            assert_eq!(lines[0].find(name), lines[1].find(value), "{name}\n{table}");
        }
        assert!(lines[1].contains("1m 1s"), "{table}");
        assert_eq!(written(false, &[]), "0 purges\n");
        assert_eq!([59, 3600, 90_000].map(lateness), ["59s", "1h 0m", "1d 1h"]);
    }
}
