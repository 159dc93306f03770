use super::{Fields, FromField};

/// A field of a request, as its type declares it: required, or an `Option` that may be absent or
/// `null`.
pub trait RequestField: Sized {
    /// Reads the field. `None` after noting a problem.
    fn read(fields: &mut Fields<'_>, name: &'static str) -> Option<Self>;
}

impl<T: FromField> RequestField for T {
    fn read(fields: &mut Fields<'_>, name: &'static str) -> Option<Self> {
        fields.required(name)
    }
}

impl<T: FromField> RequestField for Option<T> {
    fn read(fields: &mut Fields<'_>, name: &'static str) -> Option<Self> {
        fields.optional(name)
    }
}

/// Declares a body or a query: each field once, by its name on the wire.
///
/// A field of type `Option` may be left out or `null`. `note: String = default("")` may be left
/// out, but not `null`. `account: Option<Account> = pair("platform",
/// "platform_user_id")` reads two fields as one account. All fields are read before the first
/// problem is returned, so a 422 reports every problem.
#[macro_export]
macro_rules! request {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty $(= $how:ident($($with:literal),+))?),+ $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$doc])* $field: $type),+ }

        impl $crate::validation::FromFields for $name {
            fn from_fields(fields: &mut $crate::validation::Fields<'_>) -> Option<Self> {
                $(let $field = $crate::validation::request!(@read fields $field $type $(, $how $($with)+)?);)+
                Some(Self { $($field: $field?),+ })
            }
        }
    };
    (@read $fields:ident $field:ident $type:ty) => {
        <$type as $crate::validation::RequestField>::read($fields, stringify!($field))
    };
    (@read $fields:ident $field:ident $type:ty, default $default:literal) => {
        $fields.or_default(stringify!($field), <$type>::from($default))
    };
    (@read $fields:ident $field:ident $type:ty, pair $platform:literal $id:literal) => {
        $crate::validation::Account::from_optional_fields($fields, $platform, $id)
    };
}

pub use request;
