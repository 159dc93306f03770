use std::time::Duration;

use serde::Serialize;

/// The spread of several measurements of the same time, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min_us: f64,
    /// The median: half of them are at most this.
    pub p50_us: f64,
    /// 99 of 100 are at most this.
    pub p99_us: f64,
}

impl Spread {
    /// The spread of these times. `None` if there are none.
    pub fn of(durations: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut sorted: Vec<_> = durations.into_iter().collect();
        sorted.sort_unstable();
        let micros = |share| percentile(&sorted, share).map(|duration| duration.as_secs_f64() * 1e6);
        Some(Self { min_us: micros(0.0)?, p50_us: micros(0.5)?, p99_us: micros(0.99)? })
    }
}

/// The percentile by nearest rank: the smallest element that is not below this share of all. The
/// elements are sorted.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "few elements"
)]
fn percentile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_an_element_by_nearest_rank() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(
            [0.0, 0.5, 0.99, 1.0].map(|share| percentile(&hundred, share)),
            [Some(1), Some(50), Some(99), Some(100)]
        );
        assert_eq!([0.0, 0.5, 0.99].map(|share| percentile(&[7], share)), [Some(7); 3]);
        assert_eq!(percentile::<u32>(&[], 0.5), None);
        assert_eq!(percentile(&[1, 2, 3], 0.5), Some(2), "an odd number has a middle");
    }
}
