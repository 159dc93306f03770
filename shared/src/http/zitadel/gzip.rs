//! Gzip (RFC 1952).

use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::failure::WireProblem;
use crate::http::BODY_LIMIT;

/// Whether the bytes begin like gzip. No JSON begins so.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Decompresses a body as ZITADEL's own server does
/// (docs/contract/zitadel.md, "Content types and compression"). Empty input gives an empty body,
/// several members are joined, and anything after the last member is an error. Stops at the limit
/// of a body.
pub(super) fn expanded(compressed: &[u8]) -> Result<Vec<u8>, WireProblem> {
    if compressed.is_empty() {
        return Ok(Vec::new());
    }
    let mut expanded = Vec::new();
    let one_too_many = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(compressed).take(one_too_many).read_to_end(&mut expanded);
    read.map_err(|_| WireProblem::Malformed("malformed gzip".into()))?;
    if expanded.len() > BODY_LIMIT { Err(WireProblem::TooLarge) } else { Ok(expanded) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn nothing_is_expanded_beyond_the_limit_of_a_body() {
        assert_eq!(expanded(&gzip(&vec![0; BODY_LIMIT])).unwrap().len(), BODY_LIMIT);
        for bomb in [gzip(&vec![0; BODY_LIMIT + 1]), gzip(&vec![0; 60_000_000]), gzip(&vec![0; BODY_LIMIT]).repeat(100)]
        {
            assert!(bomb.len() < BODY_LIMIT);
            assert_eq!(expanded(&bomb), Err(WireProblem::TooLarge));
        }
    }

    #[test]
    fn members_are_one_text_and_anything_else_is_malformed() {
        let ok = gzip(b"ok");
        assert_eq!(expanded(&[ok.clone(), gzip(b""), ok.clone()].concat()).unwrap(), b"okok");
        assert_eq!(expanded(b"").unwrap(), b"");
        let cuts = (1..ok.len()).map(|length| ok[..length].to_vec());
        let more = [&b"x"[..], b"\0", &ok[..5]].map(|more| [&ok[..], more].concat());
        for broken in cuts.chain(more).chain([b"ok".to_vec()]) {
            assert_eq!(expanded(&broken), Err(WireProblem::Malformed("malformed gzip".into())), "{broken:?}");
        }
    }
}
