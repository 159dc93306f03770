use super::{
    Reply, Request,
    rallyhere::{self, ApiError},
    zitadel,
};

/// The contract that a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// RallyHere's Users API.
    RallyHere,
    /// ZITADEL's user service.
    Zitadel,
}

impl Dialect {
    /// Paths with the segments `v2/users`, or with a segment that begins with `zitadel.`, belong to
    /// ZITADEL, all others to RallyHere. The base path of a custom domain may precede these
    /// segments.
    pub fn of(path: &str) -> Self {
        if zitadel::Style::of(path).is_some() { Self::Zitadel } else { Self::RallyHere }
    }

    /// 400: the request cannot be read at all.
    pub fn bad_request(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => ApiError::BAD_REQUEST.reply(),
            Self::Zitadel => zitadel::bad_request(request),
        }
    }

    /// 404: the path does not exist.
    pub fn not_found(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => ApiError::NOT_FOUND.reply(),
            Self::Zitadel => zitadel::not_found(request),
        }
    }

    /// 405: the path exists, with other methods.
    pub fn method_not_allowed(self, request: &Request, allow: String) -> Reply {
        let reply = match self {
            Self::RallyHere => ApiError::METHOD_NOT_ALLOWED.reply(),
            Self::Zitadel => zitadel::method_not_allowed(request),
        };
        reply.with_header("allow", allow)
    }

    pub(super) fn too_large(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => ApiError::REQUEST_TOO_LARGE.reply(),
            Self::Zitadel => zitadel::too_large(request),
        }
    }

    pub(super) fn unavailable(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => rallyhere::unavailable(request.id()),
            Self::Zitadel => zitadel::unavailable(request),
        }
    }

    pub(super) fn internal(self, request: &Request) -> Reply {
        match self {
            Self::RallyHere => rallyhere::internal(request.id()),
            Self::Zitadel => zitadel::internal(request),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides_the_dialect() {
        let call = "/zitadel.user.v2.UserService/DeactivateUser";
        for zitadel in
            ["/v2/users", "/v2/users/x/deactivate", call, "/a/b/v2/users", &format!("/identity{call}"), "/zitadel."]
        {
            assert_eq!(Dialect::of(zitadel), Dialect::Zitadel, "{zitadel}");
        }
        for rallyhere in
            ["/", "", "/users/v1/link", "/v2/usersx", "/users/v2/user", "/v2//users", "/v2.zitadel.x", "/xv2/users"]
        {
            assert_eq!(Dialect::of(rallyhere), Dialect::RallyHere, "{rallyhere}");
        }
    }
}
