//! JSON as more than one reader here needs it: texts that are borrowed, members of an object with distinct names, and the check
//! that Python's decoder makes.

mod members;
mod syntax;
mod texts;

pub(crate) use members::{Members, Mistyped};
pub(crate) use syntax::check;
pub(crate) use texts::{OneText, Texts};

use std::borrow::Cow;

/// A text, borrowed where nothing in it is escaped; a bare `Cow` is always owned.
#[derive(serde::Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// Shows nothing of the text: it may be personal.
impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text")
    }
}
