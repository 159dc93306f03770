/// The closed set of refusals of one endpoint, besides those that its whole dialect shares.
///
/// It is written with [`refusals!`](crate::refusals), so that the list and the errors cannot
/// differ.
pub trait Refusal: Copy + Send + 'static {
    /// The error type of the dialect.
    type Error;
    /// All refusals, in the order of the contract.
    const ALL: &'static [Self];
    /// The error that the caller gets.
    fn error(self) -> Self::Error;
}

/// Declares the refusals of an endpoint: `pub enum Name: ApiError { Variant = ERROR, … }`.
#[macro_export]
macro_rules! refusals {
    ($(#[$doc:meta])* pub enum $name:ident: $error:ty { $($variant:ident = $value:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $(#[doc = concat!("`", stringify!($value), "`")] $variant),* }

        impl $crate::http::Refusal for $name {
            type Error = $error;
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn error(self) -> Self::Error {
                match self { $(Self::$variant => $value),* }
            }
        }
    };
}

pub use refusals;
