//! Makes new inputs from others, as a careless or hostile client could send them.

use std::ops::Range;

use crate::{json::Parts, random::Random};

/// The longest input in bytes, a little over the limit of a body.
const LONGEST: usize = 72 * 1024;

/// JSON that is hard on parsers, or that our readers use.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1e400",
    "-1e-400",
    "1.0",
    "0.1e1",
    "2147483648",
    "9007199254740993",
    "18446744073709551616",
    "300000000000000000001",
    "20000000001",
    "[]",
    "{}",
    "[[]]",
    "{\"\":{}}",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "\"\\/\\\\\"",
    "\"e\u{301}\u{1f600}\u{2028}\"",
    "\"nan\"",
    "\"-inf\"",
    "\"2026-11-22T08:25:07Z\"",
    "\"2026-11-22 8:25\"",
    "\"00000000-0000-4000-8000-000000000000\"",
    "\"urn:uuid:{00000000000040008000000000000000}\"",
    "\"@player\"",
    "\"Bearer @admin\"",
    "\"Steam\"",
    "\"EdDSA\"",
    "\"none\"",
    "\"roster\"",
    "\"application/grpc-web+proto\"",
];

/// Pieces of the other texts that are parsed.
const WORDS: &[&str] = &[
    "\0",
    "\r\n",
    "\u{feff}",
    "%2F",
    "%00",
    "%",
    "..",
    "//",
    "?",
    "#",
    "&",
    "=",
    ",",
    ":",
    ";",
    "NaN",
    "Infinity",
    "e30",
    "Bearer ",
    "application/json",
    "application/proto",
    "application/grpc-web",
    "\0\0\0\0\0",
    "\x01\0\0\0\x02",
    "\x0a\x7f",
];

/// One change of an input.
type Change = fn(&mut Vec<u8>, &[Vec<u8>], &mut Random);

/// Changes after which JSON is still JSON.
const OF_JSON: &[Change] =
    &[replace_a_value, replace_a_value, borrow_a_value, borrow_a_value, nest_a_value, repeat_a_member, rename_a_member];

/// Changes of any bytes.
const OF_BYTES: &[Change] =
    &[flip_a_bit, set_a_byte, insert_bytes, insert_a_word, remove_a_range, copy_a_range, repeat_a_range, splice];

/// Makes a child of one of these inputs by one to eight changes, some of them large. Half of all
/// children stay JSON. Every family has the same number of children, whatever its size. If the
/// first line only says how to read the rest, it mostly stays.
pub fn child(families: &[Vec<Vec<u8>>], has_head: bool, random: &mut Random) -> Vec<u8> {
    let family = random.pick(families);
    let mut head = random.pick(family).clone();
    let keeps_head = has_head && random.below(4) > 0;
    let line = if keeps_head { head.iter().position(|byte| *byte == b'\n').map_or(0, |line| line + 1) } else { 0 };
    let mut rest = head.split_off(line);
    let others = random.pick(families);
    let changes = *random.pick(&[OF_JSON, OF_JSON, OF_BYTES, &[replace_a_value, insert_a_word, flip_a_bit, splice]]);
    for _ in 0..1 << random.below(4) {
        random.pick(changes)(&mut rest, others, random);
        rest.truncate(LONGEST);
    }
    head.extend(rest);
    head
}

#[expect(clippy::ptr_arg, reason = "all changes have one type")]
fn flip_a_bit(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    if !input.is_empty() {
        let at = random.below(input.len());
        input[at] ^= 1 << random.below(8);
    }
}

#[expect(clippy::ptr_arg, reason = "all changes have one type")]
fn set_a_byte(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    if !input.is_empty() {
        let at = random.below(input.len());
        input[at] = *random.pick(b"\0\t\n \"\\{}[]:,.-+0159eEnt/%&=\x7f\x80\xc3\xed\xf0\xff");
    }
}

fn insert_bytes(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    let bytes: Vec<_> = (0..=random.below(8)).map(|_| random.byte()).collect();
    let at = random.below(input.len() + 1);
    input.splice(at..at, bytes);
}

fn insert_a_word(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len() + 1);
    input.splice(at..at, pick_a_word(random).bytes());
}

fn remove_a_range(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    input.drain(range(input, random));
}

fn copy_a_range(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    let copied = input[range(input, random)].to_vec();
    let at = random.below(input.len() + 1);
    input.splice(at..at, copied);
}

fn repeat_a_range(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    let range = range(input, random);
    let repeated = input[range.clone()].repeat(count(range.len(), random));
    input.splice(range, repeated);
}

/// Joins the head of this input and the tail of another.
fn splice(input: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    let other = random.pick(others);
    let at = random.below(input.len() + 1);
    input.truncate(at);
    input.extend_from_slice(&other[random.below(other.len() + 1)..]);
}

fn replace_a_value(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    if let Some(value) = one_of(Parts::of(input).values, random) {
        input.splice(value, random.pick(VALUES).bytes());
    }
}

/// Replaces a value by a value of another input or of this one.
fn borrow_a_value(input: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    let other = random.pick(others);
    let values = (one_of(Parts::of(input).values, random), one_of(Parts::of(other).values, random));
    if let (Some(value), Some(borrowed)) = values {
        input.splice(value, other[borrowed].iter().copied());
    }
}

fn nest_a_value(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    let Some(value) = one_of(Parts::of(input).values, random) else { return };
    let (before, after) = *random.pick(&[("[", "]"), ("{\"a\":", "}"), ("[1,", "]"), ("\"", "\"")]);
    let depth = count(before.len(), random);
    let nested = [before.repeat(depth).as_bytes(), &input[value.clone()], after.repeat(depth).as_bytes()].concat();
    input.splice(value, nested);
}

/// Repeats a member of an object, or an item of an array.
fn repeat_a_member(input: &mut Vec<u8>, _: &[Vec<u8>], random: &mut Random) {
    let parts = Parts::of(input);
    let Some(value) = one_of(parts.values, random) else { return };
    let name = parts.names.iter().rfind(|name| name.end <= value.start && value.start - name.end < 3);
    let member = name.map_or(value.start, |name| name.start)..value.end;
    let mut repeated = input[member.clone()].to_vec();
    repeated.push(b',');
    let times = count(repeated.len(), random);
    input.splice(member.start..member.start, repeated.repeat(times));
}

fn rename_a_member(input: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    let other = random.pick(others);
    let names = (one_of(Parts::of(input).names, random), one_of(Parts::of(other).names, random));
    if let (Some(name), Some(borrowed)) = names {
        input.splice(name, other[borrowed].iter().copied());
    }
}

/// A range of bytes, often a short one.
fn range(input: &[u8], random: &mut Random) -> Range<usize> {
    let begin = random.below(input.len() + 1);
    let most = (input.len() - begin).min(1 << random.below(12));
    begin..begin + random.below(most + 1)
}

/// How often a part of this size is repeated: mostly a few times, sometimes up to the longest
/// input.
fn count(size: usize, random: &mut Random) -> usize {
    let scale = *random.pick(&[6, 6, 6, 6, 6, 6, 6, 17]);
    let most = 1 << random.below(scale);
    (1 + random.below(most)).min(LONGEST / size.max(1))
}

fn pick_a_word(random: &mut Random) -> &'static str {
    let words = if random.below(2) == 0 { WORDS } else { VALUES };
    words[random.below(words.len())]
}

fn one_of(mut ranges: Vec<Range<usize>>, random: &mut Random) -> Option<Range<usize>> {
    if ranges.is_empty() { None } else { Some(ranges.swap_remove(random.below(ranges.len()))) }
}
