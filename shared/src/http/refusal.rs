/// The closed set of refusals of one endpoint, besides those that its whole dialect shares.
///
/// Written with [`refusals!`](crate::refusals), so that the list and the answers cannot drift apart.
pub trait Refusal: Copy + Send + 'static {
    /// How the dialect describes one refusal.
    type Answer;
    /// Every refusal, in the order of the contract.
    const ALL: &'static [Self];
    /// What the caller is told.
    fn answer(self) -> Self::Answer;
}

/// Declares the refusals of an endpoint: `pub enum Name: Answer { Variant = ANSWER, … }`.
#[macro_export]
macro_rules! refusals {
    ($(#[$doc:meta])* pub enum $name:ident: $answer:ty { $($variant:ident = $value:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $(#[doc = concat!("`", stringify!($value), "`")] $variant),* }

        impl $crate::http::Refusal for $name {
            type Answer = $answer;
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn answer(self) -> Self::Answer {
                match self { $(Self::$variant => $value),* }
            }
        }
    };
}
