use std::{fmt, time::Duration};

use ::time::OffsetDateTime;

/// A time in UTC, in milliseconds since the Unix epoch. Written `2025-03-25T09:53:34.029Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time with these milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The first whole second that is not before this time.
    pub const fn round_up(self) -> Second {
        Second(self.0.div_euclid(1000) + (self.0.rem_euclid(1000) > 0) as i64)
    }

    /// The last whole second that is not after this time.
    pub const fn round_down(self) -> Second {
        Second(self.0.div_euclid(1000))
    }

    /// The duration from this time until `later`. Zero if `later` is not after it.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// The time after this duration, at most the largest representable time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// A time in UTC, in whole seconds since the Unix epoch. Written `2025-03-25T09:53:34Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Second(i64);

impl Second {
    /// The time with these seconds since the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The seconds since the Unix epoch.
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// Whether it can be written as text: its year has four digits.
    pub const fn is_writable(self) -> bool {
        const END_OF_9999: i64 = 253_402_300_799;
        const START_OF_0: i64 = -62_167_219_200;
        START_OF_0 <= self.0 && self.0 <= END_OF_9999
    }

    /// The time after this duration, in whole seconds, at most the largest representable time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }

    /// The time before this duration.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }

    /// The duration from this second until `later`. Zero if `later` is not after it.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_secs(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        date_and_time(f, self.0.div_euclid(1000))?;
        write!(f, ".{:03}Z", self.0.rem_euclid(1000))
    }
}

impl fmt::Display for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        date_and_time(f, self.0)?;
        f.write_str("Z")
    }
}

impl serde::Serialize for Second {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn date_and_time(f: &mut fmt::Formatter<'_>, unix: i64) -> fmt::Result {
    let moment = OffsetDateTime::from_unix_timestamp(unix).map_err(|_| fmt::Error)?;
    let (year, month, day) = (moment.year(), u8::from(moment.month()), moment.day());
    let (hour, minute, second) = moment.to_hms();
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_milliseconds() {
        assert_eq!(Timestamp::from_millis(1_742_896_414_029).to_string(), "2025-03-25T09:53:34.029Z");
        assert_eq!(Second::from_unix(1_742_896_414).to_string(), "2025-03-25T09:53:34Z");
    }

    #[test]
    fn a_while_is_counted_forwards_only() {
        let (early, late) = (Timestamp::from_millis(1500), Timestamp::from_millis(4000));
        assert_eq!((early.until(late), late.until(early)), (Duration::from_millis(2500), Duration::ZERO));
        assert_eq!(early.as_millis(), 1500);
        let (early, late) = (Second::from_unix(1), Second::from_unix(4));
        assert_eq!((early.until(late), late.until(early)), (Duration::from_secs(3), Duration::ZERO));
    }

    #[test]
    fn what_has_no_text_is_known_before_it_is_written() {
        use std::fmt::Write;
        for edge in [-62_167_219_200_i64, 253_402_300_799] {
            for unix in edge - 2..=edge + 2 {
                let (second, mut text) = (Second::from_unix(unix), String::new());
                let is_rfc_3339 = write!(text, "{second}").is_ok() && !text.starts_with('-');
                assert_eq!(second.is_writable(), is_rfc_3339, "{unix}: {text}");
            }
        }
    }

    #[test]
    fn rounding_up_keeps_whole_seconds_and_never_goes_back() {
        assert_eq!(Timestamp::from_millis(1000).round_up(), Second::from_unix(1));
        assert_eq!(Timestamp::from_millis(1001).round_up(), Second::from_unix(2));
        assert_eq!(Timestamp::from_millis(-1).round_up(), Second::from_unix(0));
    }
}
