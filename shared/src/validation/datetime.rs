//! Times as pydantic 1.10 reads them (`pydantic.datetime_parse`).

use super::fields::Value;
use super::problem::FieldProblem;
use super::python;
use std::str::FromStr;
use time::{Date, Month, PrimitiveDateTime, Time};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
const MINUTES_PER_DAY: i64 = 24 * 60;
/// Python's `datetime.max`: the end of the year 9999.
const MICROS_MAX: i64 = 253_402_300_799_999_999;
/// Python's `datetime.min`: the beginning of the year 1.
const MICROS_MIN: i64 = -62_135_596_800_000_000;
/// A number beyond this is read in a finer unit than seconds.
const SECONDS_MAX: i128 = 20_000_000_000;
/// A number above this is `datetime.max`, and below its negative `datetime.min`.
const NUMBER_MAX: i128 = 300_000_000_000_000_000_000;

/// Reads a time with a zone as microseconds since the Unix epoch, always within the years 1 to
/// 9999. A number, or a string with a number, is Unix time: in seconds, or in a finer unit if it is
/// large. A time without a zone is refused, unlike in pydantic.
pub fn datetime(value: &Value<'_>) -> Result<i64, FieldProblem> {
    match value {
        Value::Null => Err(FieldProblem::null()),
        Value::Bool(one) => Ok(i64::from(*one) * MICROS_PER_SECOND),
        Value::Number(number) => from_number(number),
        Value::String(text) => match python::float(text) {
            Some(number) => from_float(number),
            None => from_text(text),
        },
        Value::Array | Value::Object | Value::NotUtf8 => {
            Err(FieldProblem::new("type_error", "invalid type; expected datetime, string, bytes, int or float"))
        }
    }
}

fn from_number(number: &str) -> Result<i64, FieldProblem> {
    if !python::is_integer(number) {
        return from_float(parsed(number));
    }
    match number.parse::<i128>() {
        // Python rounds the quotient of an integer once. A conversion to float before that would
        // round twice.
        Ok(integer) if (SECONDS_MAX + 1..=NUMBER_MAX).contains(&integer.abs()) => {
            from_float(parsed(&format!("{integer}e-3")))
        }
        Ok(integer) if integer.abs() <= SECONDS_MAX => from_float(parsed(number)),
        _ if number.starts_with('-') => Ok(MICROS_MIN),
        _ => Ok(MICROS_MAX),
    }
}

/// Every JSON number is also a float in Rust.
fn parsed(number: &str) -> f64 {
    number.parse().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "both limits are whole floats")]
fn from_float(mut number: f64) -> Result<i64, FieldProblem> {
    if number.is_nan() {
        return Err(FieldProblem::new("value_error", "cannot convert float NaN to integer"));
    }
    if number.abs() > NUMBER_MAX as f64 {
        return Ok(if number > 0.0 { MICROS_MAX } else { MICROS_MIN });
    }
    while number.abs() > SECONDS_MAX as f64 {
        number /= 1000.0;
    }
    Ok(micros(number))
}

/// Rounds like `timedelta(seconds=…)`: only the fraction, and halves to the even microsecond.
#[expect(clippy::cast_possible_truncation, reason = "20 thousand million seconds fit easily")]
fn micros(seconds: f64) -> i64 {
    let fraction = seconds.fract() * 1e6;
    seconds.trunc() as i64 * MICROS_PER_SECOND + fraction.round_ties_even() as i64
}

fn from_text(text: &str) -> Result<i64, FieldProblem> {
    // In Python `$` also matches before a final line feed.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let (local, zone) =
        Cursor(text).datetime().ok_or_else(|| FieldProblem::new("value_error.datetime", "invalid datetime format"))?;
    let offset_minutes = zone.ok_or_else(|| FieldProblem::new("value_error.datetime", "timezone required"))?;
    let local = local.assume_utc();
    let local_micros = local.unix_timestamp() * MICROS_PER_SECOND + i64::from(local.microsecond());
    Ok((local_micros - offset_minutes * MICROS_PER_MINUTE).clamp(MICROS_MIN, MICROS_MAX))
}

/// The rest of a text that is still to be read.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    /// Reads `YYYY-M-D[T ]H:M[:S[.ffffff]][zone]`. The zone is in minutes.
    fn datetime(mut self) -> Option<(PrimitiveDateTime, Option<i64>)> {
        let date = self.date()?;
        if !self.take('T') && !self.take(' ') {
            return None;
        }
        let time = self.time()?;
        let zone = if self.0.is_empty() { None } else { Some(self.zone()?) };
        self.0.is_empty().then_some((PrimitiveDateTime::new(date, time), zone))
    }

    fn date(&mut self) -> Option<Date> {
        let year: i32 = self.number(4, 4)?;
        let month: u8 = self.after('-')?.number(1, 2)?;
        let day: u8 = self.after('-')?.number(1, 2)?;
        // Python's first year is 1.
        Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok().filter(|_| year > 0)
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.number(1, 2)?;
        let minute = self.after(':')?.number(1, 2)?;
        let mut second = 0;
        let mut micros = 0;
        if self.take(':') {
            second = self.number(1, 2)?;
            if self.take('.') {
                // Up to twelve digits are allowed; the first six count.
                let digits = self.digits(1, 12)?;
                micros = format!("{digits:0<6.6}").parse().ok()?;
            }
        }
        Time::from_hms_micro(hour, minute, second, micros).ok()
    }

    /// Reads `Z`, `+hh`, `+hhmm` or `+hh:mm`. Python allows minutes up to 99, if the whole zone is
    /// below one day.
    fn zone(&mut self) -> Option<i64> {
        if self.take('Z') {
            return Some(0);
        }
        let sign = match (self.take('+'), self.take('-')) {
            (true, false) => 1,
            (false, true) => -1,
            _ => return None,
        };
        let hours: i64 = self.number(2, 2)?;
        let minutes = if self.0.is_empty() {
            0
        } else {
            self.take(':');
            self.number(2, 2)?
        };
        let offset = 60 * hours + minutes;
        (offset < MINUTES_PER_DAY).then_some(sign * offset)
    }

    fn number<T: FromStr>(&mut self, least: usize, most: usize) -> Option<T> {
        self.digits(least, most)?.parse().ok()
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<&'a str> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count >= least)?;
        self.0 = rest;
        Some(digits)
    }

    fn after(&mut self, wanted: char) -> Option<&mut Self> {
        self.take(wanted).then_some(self)
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(text: &str) -> Result<i64, FieldProblem> {
        datetime(&Value::String(text.into()))
    }

    #[test]
    fn texts_have_a_date_a_time_and_a_zone() {
        for text in [
            "2020-01-01T00:00:00Z",
            "2020-1-1 0:0Z",
            "2020-01-01T00:00:00.000000999999+00:00",
            "2020-01-01T02:00+0200",
            "2019-12-31T16:00-08",
            "2020-01-01T00:00Z\n",
        ] {
            assert_eq!(of_text(text), Ok(1_577_836_800_000_000), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2020-01-01",
            "2020-01-01t00:00Z",
            "2020-01-01T00:00z",
            "2020-02-30T00:00Z",
            "0000-01-01T00:00Z",
            "2020-01-01T24:00Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00.1234567890123Z",
            "2020-01-01T00:00+24:00",
            "2020-01-01T00:00+-1",
            "2020-01-01T00:00Z\n\n",
            "2020-01-01T00:00:00Zé",
        ] {
            let expected = FieldProblem::new("value_error.datetime", "invalid datetime format");
            assert_eq!(of_text(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_refused() {
        let expected = FieldProblem::new("value_error.datetime", "timezone required");
        assert_eq!(of_text("2020-01-01T00:00:00"), Err(expected));
    }

    #[test]
    fn numbers_are_seconds_up_to_the_watershed_and_finer_units_beyond() {
        for (number, expected) in [
            ("1", 1_000_000),
            ("-1.5", -1_500_000),
            ("20000000000", 20_000_000_000_000_000),
            ("20000000001", 20_000_000_001_000),
            ("1600000000123", 1_600_000_000_123_000),
            ("1600000000123456", 1_600_000_000_123_456),
        ] {
            assert_eq!(datetime(&Value::Number(number)), Ok(expected), "{number}");
            assert_eq!(of_text(number), Ok(expected), "{number}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_the_first_and_the_last_moment() {
        for number in ["300000000000000000001", "1e400", &"9".repeat(4000)] {
            assert_eq!(datetime(&Value::Number(number)), Ok(MICROS_MAX));
            assert_eq!(datetime(&Value::Number(&format!("-{number}"))), Ok(MICROS_MIN));
        }
        assert_eq!(of_text("inf"), Ok(MICROS_MAX));
        assert_eq!(of_text("0001-01-01T00:00+23:59"), Ok(MICROS_MIN));
    }

    #[test]
    fn halves_of_a_microsecond_go_to_the_even_one() {
        assert_eq!(datetime(&Value::Number("0.0000005")), Ok(0));
        assert_eq!(datetime(&Value::Number("0.0000015")), Ok(2));
    }

    #[test]
    fn nan_is_told_in_the_words_of_python() {
        assert_eq!(of_text("nan"), Err(FieldProblem::new("value_error", "cannot convert float NaN to integer")));
    }
}
