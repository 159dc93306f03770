//! Arithmetic with big-endian byte strings: just enough to alter signatures.

/// `a + b`, as long as `a`, or one byte longer on overflow.
pub(super) fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut digits: Vec<u8> = (0..a.len())
        .map(|at| {
            let digit = u16::from(digit(a, at)) + u16::from(digit(b, at)) + carry;
            carry = digit >> 8;
            digit.to_be_bytes()[1]
        })
        .collect();
    digits.extend((carry > 0).then_some(1));
    digits.reverse();
    digits
}

/// `a - b`, as long as `a`. Requires `a >= b`.
pub(super) fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = false;
    let mut digits: Vec<u8> = (0..a.len())
        .map(|at| {
            let (less, first) = digit(a, at).overflowing_sub(digit(b, at));
            let (digit, second) = less.overflowing_sub(u8::from(borrow));
            borrow = first || second;
            digit
        })
        .collect();
    assert!(!borrow, "a negative number");
    digits.reverse();
    digits
}

/// `a * b`, as long as both together.
pub(super) fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut columns = vec![0_u32; a.len() + b.len()];
    for (at, factor) in a.iter().rev().enumerate() {
        for (further, other) in b.iter().rev().enumerate() {
            columns[at + further] += u32::from(*factor) * u32::from(*other);
        }
    }
    let mut carry = 0;
    let mut digits: Vec<u8> = columns
        .into_iter()
        .map(|column| {
            let digit = column + carry;
            carry = digit >> 8;
            digit.to_be_bytes()[3]
        })
        .collect();
    digits.reverse();
    digits
}

/// The byte at this place, counted from the last.
fn digit(number: &[u8], at: usize) -> u8 {
    number.len().checked_sub(at + 1).map_or(0, |index| number[index])
}

#[test]
fn big_numbers_add_up() {
    assert_eq!(sum(&[0xff, 0xff], &[1]), [1, 0, 0]);
    assert_eq!(difference(&[1, 0, 0], &[1]), [0, 0xff, 0xff]);
    assert_eq!(product(&[0xff, 0xff], &[0xff, 0xff]), [0xff, 0xfe, 0, 1]);
}
