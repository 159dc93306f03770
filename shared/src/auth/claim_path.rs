use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{Members, Mistyped};

/// The place of a claim: its name, or the names that lead to it, the outermost object first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct ClaimPath {
    objects: Vec<String>,
    name: String,
}

/// A path as it is configured. A plain text is one name, even with dots in it: many claims are
/// named by a URL.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Path(Vec<String>),
}

/// A path without names.
#[derive(Debug, thiserror::Error)]
#[error("a path without a name")]
struct NoName;

impl ClaimPath {
    /// A claim at the top level of the token.
    pub fn name(name: &str) -> Self {
        Self { objects: Vec::new(), name: name.to_owned() }
    }

    /// A claim in an object at the top level of the token.
    pub fn within(object: &str, name: &str) -> Self {
        Self { objects: vec![object.to_owned()], name: name.to_owned() }
    }

    /// Whether this is the claim of this name at the top level.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.objects.is_empty() && self.name == name
    }

    /// The claim as a `T`. `None` if the claim or an object around it is absent.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&self, claims: &Members<'a>) -> Result<Option<T>, Mistyped> {
        let Some((first, rest)) = self.objects.split_first() else { return claims.read(&self.name) };
        let mut object = claims.object(first)?;
        for name in rest {
            let Some(inner) = object else { return Ok(None) };
            object = inner.object(name)?;
        }
        object.map_or(Ok(None), |object| object.read(&self.name))
    }
}

impl<'a> Members<'a> {
    fn object(&self, name: &str) -> Result<Option<Self>, Mistyped> {
        let json = self.read::<&'a RawValue>(name)?;
        json.map(|json| Self::parse(json.get()).ok_or(Mistyped)).transpose()
    }
}

impl TryFrom<Written> for ClaimPath {
    type Error = NoName;

    fn try_from(written: Written) -> Result<Self, NoName> {
        let mut objects = match written {
            Written::Name(name) => vec![name],
            Written::Path(names) => names,
        };
        if objects.iter().any(String::is_empty) {
            return Err(NoName);
        }
        let name = objects.pop().ok_or(NoName)?;
        Ok(Self { objects, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = r#"{"a":"1","a.b":"2","c":{"d":{"e":"3"},"n":null},"https://x.test/y":"4"}"#;

    fn read(path: &str) -> Result<Option<String>, Mistyped> {
        serde_json::from_str::<ClaimPath>(path).unwrap().read(&Members::parse(CLAIMS).unwrap())
    }

    #[test]
    fn a_text_is_one_name_and_an_array_leads_inwards() {
        for (path, value) in [
            (r#""a""#, Some("1")),
            (r#"["a"]"#, Some("1")),
            (r#""a.b""#, Some("2")),
            (r#"["c","d","e"]"#, Some("3")),
            (r#""https://x.test/y""#, Some("4")),
            (r#""x""#, None),
            (r#"["x","y","z"]"#, None),
            (r#"["c","x","e"]"#, None),
        ] {
            assert_eq!(read(path).unwrap().as_deref(), value, "{path}");
        }
    }

    #[test]
    fn what_should_be_an_object_and_is_not_is_mistyped() {
        for path in [r#"["a","b"]"#, r#"["c","n","x"]"#, r#"["c","d"]"#] {
            assert!(read(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_path_has_names() {
        for path in ["[]", r#""""#, r#"["a",""]"#, "1", "null"] {
            assert!(serde_json::from_str::<ClaimPath>(path).is_err(), "{path}");
        }
    }
}
