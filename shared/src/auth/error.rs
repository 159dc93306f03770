use std::fmt;

/// The reasons why a token is refused, one for each `auth_*` code
/// (docs/contract/rallyhere.md, "Refusals of a token").
///
/// The error repeats nothing of the token, so it may be shown and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenProblem {
    /// The `Authorization` header is missing, or is not `Bearer` and one token. Holds which of the
    /// two.
    TokenFormat(&'static str),
    /// Not three parts separated by dots.
    NotJwt,
    /// A part cannot be decoded, or a required claim is missing.
    MalformedAccess,
    /// `ver` is present and names no supported version.
    InvalidVersion,
    /// `kid` is not a string, names no known key, or is missing although the issuer has several
    /// keys.
    InvalidKeyId,
    /// The key did not make this signature, or the algorithm is not the key's.
    SignatureInvalid,
    /// `exp` has passed.
    Expired,
    /// A claim has the wrong type or value. Holds the claim's name, never its value.
    InvalidClaim(&'static str),
    /// A claim or the header marks another kind of token than an access token.
    InvalidType,
    /// The token is longer than 8 KiB.
    Unknown,
}

impl TokenProblem {
    /// Every code with its description, in the order of the contract.
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

/// A token that is refused, or cannot be judged now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejection {
    /// The token is invalid.
    #[error(transparent)]
    Refused(#[from] TokenProblem),
    /// The issuer's keys have been unavailable for too long. Answered with 503, because the token
    /// may be valid.
    #[error("the issuer's keys are not available")]
    KeysUnavailable,
}

/// The issuer's keys have been unavailable for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeysUnavailable;

impl From<KeysUnavailable> for TokenRejection {
    fn from(_: KeysUnavailable) -> Self {
        Self::KeysUnavailable
    }
}

impl TokenRejection {
    /// Treats a refused token as absent. Unavailable keys stay an error.
    pub fn ignore_refusal<T>(self) -> Result<Option<T>, Self> {
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
