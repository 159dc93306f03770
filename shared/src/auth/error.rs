use std::fmt;

/// Why a token proves nobody: one variant for each `auth_*` code.
///
/// It carries nothing of the token, so it may be shown and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenProblem {
    /// There is no `Authorization` header, or it is not `Bearer` and one token. Says which.
    TokenFormat(&'static str),
    /// Not three parts separated by dots.
    NotJwt,
    /// A part cannot be decoded, or a required claim is missing.
    MalformedAccess,
    /// `ver` is there and of no version that we know.
    InvalidVersion,
    /// `kid` is not a string or not the name of a key, or is missing where the issuer has several keys.
    InvalidKeyId,
    /// The signature is not by the key, or the algorithm is not the key's.
    SignatureInvalid,
    /// `exp` has passed.
    Expired,
    /// A claim has the wrong type or value. Holds the claim's name, never its value.
    InvalidClaim(&'static str),
    /// A claim or the header says that it is no access token.
    InvalidType,
    /// The token is longer than 8 KiB.
    Unknown,
}

impl TokenProblem {
    /// Every code with its description, in the order of the reference table.
    pub const CODES: &[(&'static str, &'static str)] = &[
        Self::TokenFormat("").code_and_desc(),
        Self::NotJwt.code_and_desc(),
        Self::MalformedAccess.code_and_desc(),
        Self::InvalidVersion.code_and_desc(),
        Self::InvalidKeyId.code_and_desc(),
        Self::SignatureInvalid.code_and_desc(),
        Self::Expired.code_and_desc(),
        Self::InvalidClaim("").code_and_desc(),
        Self::InvalidType.code_and_desc(),
        Self::Unknown.code_and_desc(),
    ];

    /// The `error_code` on the wire.
    pub const fn code(&self) -> &'static str {
        self.code_and_desc().0
    }

    const fn code_and_desc(&self) -> (&'static str, &'static str) {
        match self {
            Self::TokenFormat(_) => ("auth_token_format", "Invalid Authorization - {}"),
            Self::NotJwt => ("auth_not_jwt", "Invalid Authorization"),
            Self::MalformedAccess => ("auth_malformed_access", "Invalid Authorization - malformed access token"),
            Self::InvalidVersion => ("auth_invalid_version", "Invalid Authorization - version"),
            Self::InvalidKeyId => ("auth_invalid_key_id", "Invalid Authorization - Invalid Key ID in Access Token"),
            Self::SignatureInvalid => ("auth_token_sig_invalid", "Token Signature is invalid"),
            Self::Expired => ("auth_token_expired", "Token is expired"),
            Self::InvalidClaim(_) => ("auth_token_invalid_claim", "Token contained invalid claim value: {}"),
            Self::InvalidType => ("auth_token_invalid_type", "Invalid Authorization - Invalid Token Type"),
            Self::Unknown => ("auth_token_unknown", "Failed to parse token"),
        }
    }
}

/// The `desc` on the wire.
impl fmt::Display for TokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, desc) = self.code_and_desc();
        match self {
            Self::TokenFormat(detail) | Self::InvalidClaim(detail) => f.write_str(&desc.replace("{}", detail)),
            _ => f.write_str(desc),
        }
    }
}

impl std::error::Error for TokenProblem {}

/// A token that proves nobody, or cannot be judged for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejection {
    /// The token is not good.
    #[error(transparent)]
    Refused(#[from] TokenProblem),
    /// The issuer's keys have not been had for too long: 503, since the token may well be good.
    #[error("the issuer's keys are not available")]
    KeysUnavailable,
}

/// The issuer's keys have not been had for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeysUnavailable;

impl From<KeysUnavailable> for TokenRejection {
    fn from(_: KeysUnavailable) -> Self {
        Self::KeysUnavailable
    }
}

impl TokenRejection {
    /// Nobody, where a token that is not good is as none.
    pub fn refused_as_none<T>(self) -> Result<Option<T>, Self> {
        match self {
            Self::Refused(_) => Ok(None),
            Self::KeysUnavailable => Err(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::TokenProblem;

    #[test]
    fn the_table_lists_ten_distinct_codes() {
        let codes: BTreeSet<_> = TokenProblem::CODES.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|code| code.starts_with("auth_")));
    }

    #[test]
    fn the_description_names_the_detail_in_its_place() {
        assert_eq!(TokenProblem::TokenFormat("missing").to_string(), "Invalid Authorization - missing");
        assert_eq!(TokenProblem::InvalidClaim("aud").to_string(), "Token contained invalid claim value: aud");
        assert_eq!(TokenProblem::Expired.to_string(), "Token is expired");
    }
}
