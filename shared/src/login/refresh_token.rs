use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::identity::{PlayerUuid, RefreshClaim, SessionId};

/// The version of the layout, the first byte.
const VERSION: u8 = 1;

/// The bytes of the code at the end: half of an HMAC-SHA256.
const CODE: usize = 16;

/// The bytes before the code: version, key id, player, session and number.
const BODY: usize = 1 + 1 + 16 + 16 + 4;

/// The length of every token as text.
const TEXT: usize = (BODY + CODE) / 3 * 4;

/// Makes and reads refresh tokens. A token is
/// `base64url(version ‖ key id ‖ player_uuid ‖ session ‖ n ‖ HMAC)`, always 72 characters.
///
/// The tables hold no token and no hash of one. A forged token is refused without a read, and the
/// successor of a token can be made again.
pub struct RefreshTokens {
    signing: RefreshKey,
    other: Option<RefreshKey>,
}

/// A key of refresh tokens. Its id is part of the tokens.
pub struct RefreshKey {
    id: u8,
    key: hmac::Key,
}

impl RefreshKey {
    /// The smallest length of the secret in bytes.
    pub const MIN_BYTES: usize = 32;

    /// `None` if the secret is too short.
    pub fn new(id: u8, secret: &[u8]) -> Option<Self> {
        (secret.len() >= Self::MIN_BYTES).then(|| Self { id, key: hmac::Key::new(hmac::HMAC_SHA256, secret) })
    }

    fn code(&self, body: &[u8]) -> [u8; CODE] {
        let mut code = [0; CODE];
        code.iter_mut().zip(hmac::sign(&self.key, body).as_ref()).for_each(|(byte, whole)| *byte = *whole);
        code
    }
}

impl RefreshTokens {
    /// Tokens under the key that signs, and under the one that signed before or will sign next.
    /// `None` if both have the same id.
    pub fn new(signing: RefreshKey, other: Option<RefreshKey>) -> Option<Self> {
        let is_clear = other.as_ref().is_none_or(|other| other.id != signing.id);
        is_clear.then_some(Self { signing, other })
    }

    /// The token with this content. The same content gives the same token.
    pub fn issue(&self, claim: &RefreshClaim) -> String {
        let mut bytes = Vec::with_capacity(BODY + CODE);
        bytes.extend([VERSION, self.signing.id]);
        bytes.extend(claim.player_uuid.0.as_bytes());
        bytes.extend(claim.session.0.as_bytes());
        bytes.extend(claim.n.to_be_bytes());
        bytes.extend(self.signing.code(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The content of a token, if one of the keys made it.
    pub fn read(&self, token: &str) -> Option<RefreshClaim> {
        if token.len() != TEXT {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, code) = bytes.split_at_checked(BODY)?;
        let (head, rest) = body.split_first_chunk::<2>()?;
        let (player_uuid, rest) = rest.split_first_chunk::<16>()?;
        let (session, n) = rest.split_first_chunk::<16>()?;
        let [version, id] = *head;
        if version != VERSION {
            return None;
        }
        let key = std::iter::once(&self.signing).chain(&self.other).find(|key| key.id == id)?;
        verify_slices_are_equal(&key.code(body), code).ok()?;
        Some(RefreshClaim {
            player_uuid: PlayerUuid(Uuid::from_bytes(*player_uuid)),
            session: SessionId(Uuid::from_bytes(*session)),
            n: u32::from_be_bytes(n.try_into().ok()?),
        })
    }
}

impl fmt::Debug for RefreshTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshTokens(…)")
    }
}

impl fmt::Debug for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(id: u8, byte: u8) -> RefreshKey {
        RefreshKey::new(id, &[byte; 32]).unwrap()
    }

    fn tokens(signing: (u8, u8), other: Option<(u8, u8)>) -> RefreshTokens {
        RefreshTokens::new(key(signing.0, signing.1), other.map(|(id, byte)| key(id, byte))).unwrap()
    }

    fn claim(player: u128, session: u128, n: u32) -> RefreshClaim {
        RefreshClaim {
            player_uuid: PlayerUuid(Uuid::from_u128(player)),
            session: SessionId(Uuid::from_u128(session)),
            n,
        }
    }

    #[test]
    fn the_layout_is_that_of_another_program() {
        // python3: base64.urlsafe_b64encode(b + hmac.digest(b"k" * 32, b, "sha256")[:16]) with
        // b = bytes([1, 7]) + bytes(range(16)) + bytes(range(16, 32)) + (258).to_bytes(4, "big")
        let text = "AQcAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHwAAAQIc9Np8--6tAx6vqoqc0Yw0";
        let claim = claim(
            u128::from_be_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap())),
            u128::from_be_bytes(std::array::from_fn(|at| u8::try_from(at + 16).unwrap())),
            258,
        );
        let tokens = tokens((7, b'k'), None);
        assert_eq!(tokens.issue(&claim), text);
        assert_eq!(tokens.read(text), Some(claim));
    }

    #[test]
    fn a_rotation_of_keys_refuses_no_token_that_one_of_them_made() {
        let claim = claim(1, 2, 3);
        let (old, new) = ((1, 10), (2, 20));
        let phases = [(old, None), (old, Some(new)), (new, Some(old)), (new, None)];
        let issued = phases.map(|(signing, other)| tokens(signing, other).issue(&claim));
        for pair in phases.windows(2).zip(issued.windows(2)) {
            let ([before, after], [earlier, later]) = pair else { unreachable!() };
            assert_eq!(tokens(after.0, after.1).read(earlier), Some(claim), "after a step");
            // The functions of a stack do not take a step at the same moment.
            assert_eq!(tokens(before.0, before.1).read(later), Some(claim), "before a step");
        }
        assert_eq!(tokens(new, None).read(&issued[0]), None, "the old key is gone");
    }

    #[test]
    fn a_key_is_long_enough_and_two_keys_have_two_ids() {
        assert!(RefreshKey::new(1, &[0; 31]).is_none() && RefreshKey::new(1, &[0; 32]).is_some());
        assert!(RefreshTokens::new(key(1, 1), Some(key(1, 2))).is_none());
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?} {:?}", tokens((1, 77), None), key(1, 77)), "RefreshTokens(…) RefreshKey(…)");
    }

    #[test]
    fn another_version_is_refused_even_with_a_good_code() {
        let tokens = tokens((1, 10), None);
        let mut bytes = URL_SAFE_NO_PAD.decode(tokens.issue(&claim(1, 2, 3))).unwrap();
        for version in (0..=u8::MAX).filter(|version| *version != VERSION) {
            bytes[0] = version;
            let code = tokens.signing.code(&bytes[..BODY]);
            bytes[BODY..].copy_from_slice(&code);
            assert_eq!(tokens.read(&URL_SAFE_NO_PAD.encode(&bytes)), None);
        }
    }

    #[test]
    fn every_changed_bit_is_refused() {
        let tokens = tokens((1, 10), Some((2, 20)));
        let good = URL_SAFE_NO_PAD.decode(tokens.issue(&claim(u128::MAX / 3, u128::MAX / 5, 7))).unwrap();
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(tokens.read(&URL_SAFE_NO_PAD.encode(&bytes)), None, "bit {bit}");
        }
        assert!(tokens.read(&URL_SAFE_NO_PAD.encode(&good)).is_some());
    }

    proptest! {
        #[test]
        fn what_was_issued_is_read(player: u128, session: u128, n: u32, id: u8, byte: u8) {
            let (tokens, claim) = (tokens((id, byte), None), claim(player, session, n));
            let token = tokens.issue(&claim);
            prop_assert_eq!(token.len(), TEXT);
            prop_assert_eq!(tokens.read(&token), Some(claim));
            prop_assert_eq!(&tokens.issue(&claim), &token, "an issue can be repeated");
            prop_assert_eq!(self::tokens((id, byte.wrapping_add(1)), None).read(&token), None, "another secret");
        }

        #[test]
        fn another_spelling_of_a_token_is_refused(
            player: u128, session: u128, n: u32, at in 0..=TEXT, inserted in "[=A-Za-z0-9+/ \n.é-]", keep in 0..TEXT,
        ) {
            let tokens = tokens((1, 10), None);
            let token = tokens.issue(&claim(player, session, n));
            let mut longer = token.clone();
            longer.insert_str(at, &inserted);
            prop_assert_eq!(tokens.read(&longer), None);
            prop_assert_eq!(tokens.read(&token[..keep]), None);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            prop_assert_eq!(tokens((1, 10), None).read(&text), None);
        }
    }
}
