//! The JSON tools of several readers: borrowed texts, objects with distinct names, and a syntax
//! check that equals Python's decoder.

mod members;
mod syntax;
mod texts;

pub(crate) use members::{Members, Mistyped};
pub(crate) use syntax::check;
pub(crate) use texts::{OneText, Texts};

use std::borrow::Cow;

/// A text that is borrowed if it has no escapes. Deserialized as a plain `Cow` it would always be
/// owned.
#[derive(serde::Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// Shows nothing of the text: it may be personal.
impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text")
    }
}
