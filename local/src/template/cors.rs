//! The `CorsConfiguration` of the API, which says what web pages of other origins may do.

use hyper::header::{HeaderName, HeaderValue};
use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::{Template, build::part, build::wrong};
use crate::problem::Problem;

/// The rights of web pages of some origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// The origins. `*` allows every origin.
    pub origins: Vec<String>,
    /// The methods that a page may use, joined by commas.
    pub methods: HeaderValue,
    /// The headers that a page may send, joined by commas.
    pub headers: HeaderValue,
    /// The headers that a page may read, joined by commas.
    pub exposed: HeaderValue,
    /// How long a browser may cache the answer to a preflight, in seconds.
    pub max_age: u64,
}

/// `CorsConfiguration:` of the API. A member that is not listed here is refused, since it would
/// only work on AWS.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawCors {
    allow_origins: RawOrigins,
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    expose_headers: Vec<String>,
    max_age: u64,
}

/// `!Split [",", !Ref parameter]`
#[derive(Deserialize)]
struct RawOrigins {
    #[serde(rename = "Fn::Split")]
    split: (String, Reference),
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "Ref")]
    to: String,
}

impl Template {
    /// The API's configuration with these origins as its parameter. They must match the parameter's
    /// pattern.
    pub fn cors(&self, origins: &str) -> Result<Cors, Problem> {
        let (place, configuration) = self.cors_configuration()?;
        let raw: RawCors = part(&place, configuration.clone())?;
        let (separator, parameter) = raw.allow_origins.split;
        self.check_parameter(&parameter.to, origins)?;
        // The pattern cannot exclude default ports, and browsers never send them.
        let has_default_port = |origin: &str| {
            origin.strip_prefix("https://").is_some_and(|rest| rest.ends_with(":443"))
                || origin.strip_prefix("http://").is_some_and(|rest| rest.ends_with(":80"))
        };
        if origins.split(&separator).any(has_default_port) {
            return Err(self.refused_parameter(&parameter.to, origins));
        }
        for name in raw.allow_headers.iter().chain(&raw.expose_headers) {
            HeaderName::try_from(name).map_err(|_| wrong(&place, format!("{name:?} is not the name of a header")))?;
        }
        let joined = |list: &[String]| {
            let text = list.join(",");
            HeaderValue::try_from(&text).map_err(|_| wrong(&place, format!("{text:?} is not a value of a header")))
        };
        Ok(Cors {
            origins: origins.split(&separator).map(str::to_owned).collect(),
            methods: joined(&raw.allow_methods)?,
            headers: joined(&raw.allow_headers)?,
            exposed: joined(&raw.expose_headers)?,
            max_age: raw.max_age,
        })
    }

    /// The configuration, and its place in the template. On AWS `!If` turns it off while the
    /// parameter is empty.
    fn cors_configuration(&self) -> Result<(String, &Value), Problem> {
        let resources = self.document.get("Resources").and_then(Value::as_object);
        let mut resources = resources.into_iter().flatten();
        let api = resources
            .find(|(_, resource)| resource.get("Type").and_then(Value::as_str) == Some("AWS::Serverless::HttpApi"));
        let (id, api) = api.ok_or_else(|| wrong("API", "there is none, so no origin can be allowed"))?;
        let place = format!("resource {id}, CorsConfiguration");
        let configuration = api.pointer("/Properties/CorsConfiguration");
        let configuration = configuration.ok_or_else(|| wrong(&place, "it is missing, so no origin can be allowed"))?;
        Ok((place, configuration.pointer("/Fn::If/1").unwrap_or(configuration)))
    }

    /// Checks a value against the pattern and the length of a parameter, as AWS does.
    fn check_parameter(&self, name: &str, value: &str) -> Result<(), Problem> {
        let place = format!("parameter {name}");
        let pattern = self.parameter(name, "AllowedPattern").and_then(Value::as_str);
        let pattern = pattern.ok_or_else(|| wrong(&place, "AllowedPattern is missing"))?;
        let pattern = Regex::new(pattern).map_err(|error| wrong(&place, format!("AllowedPattern: {error}")))?;
        let longest = self.parameter(name, "MaxLength").and_then(Value::as_u64);
        let is_too_long = longest.is_some_and(|longest| value.chars().count() as u64 > longest);
        if pattern.is_match(value) && !is_too_long { Ok(()) } else { Err(self.refused_parameter(name, value)) }
    }

    fn refused_parameter(&self, name: &str, value: &str) -> Problem {
        let expected = self.parameter(name, "ConstraintDescription").and_then(Value::as_str).unwrap_or_default();
        Problem::Parameter { name: name.to_owned(), value: value.to_owned(), expected: expected.to_owned() }
    }

    fn parameter(&self, name: &str, member: &str) -> Option<&Value> {
        self.document.pointer(&format!("/Parameters/{name}/{member}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = r#"
Parameters:
  Origins: { Type: String, Default: "", AllowedPattern: "^([a-z:/.]+(,[a-z:/.]+)*)?$", ConstraintDescription: origins }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: !If
        - HasCors
        - AllowOrigins: !Split [",", !Ref Origins]
          AllowMethods: [GET, POST]
          AllowHeaders: [authorization]
          ExposeHeaders: [allow, retry-after]
          MaxAge: 60
        - !Ref AWS::NoValue
"#;

    fn refused(from: &str, to: &str, origins: &str) -> String {
        assert!(API.contains(from), "{from}");
        Template::parse(&API.replace(from, to)).unwrap().cors(origins).unwrap_err().to_string()
    }

    #[test]
    fn the_lists_are_the_templates_and_the_origins_those_given() {
        let cors = Template::parse(API).unwrap().cors("https://a.b,https://c.d").unwrap();
        let expected = Cors {
            origins: vec!["https://a.b".into(), "https://c.d".into()],
            methods: HeaderValue::from_static("GET,POST"),
            headers: HeaderValue::from_static("authorization"),
            exposed: HeaderValue::from_static("allow,retry-after"),
            max_age: 60,
        };
        assert_eq!(cors, expected);
    }

    #[test]
    fn an_origin_that_the_parameter_would_refuse_is_refused_with_its_own_words() {
        let error = Template::parse(API).unwrap().cors("https://A.b").unwrap_err().to_string();
        assert_eq!(error, r#"the template's parameter Origins cannot be "https://A.b": it should be origins"#);
    }

    #[test]
    fn a_configuration_that_would_act_otherwise_on_aws_is_refused() {
        let cases = [
            ("AWS::Serverless::HttpApi", "AWS::Serverless::Api", "API is wrong: there is none"),
            ("CorsConfiguration", "Other", "resource Api, CorsConfiguration is wrong: it is missing"),
            ("MaxAge: 60", "AllowCredentials: true", "unknown field `AllowCredentials`"),
            ("[authorization]", "[a b]", r#""a b" is not the name of a header"#),
            ("[GET, POST]", "[\"G\\n\"]", "is not a value of a header"),
            ("AllowedPattern", "Pattern", "parameter Origins is wrong: AllowedPattern is missing"),
            ("^([a-z", "^([[a-z", "parameter Origins is wrong: AllowedPattern: "),
        ];
        for (from, to, expected) in cases {
            let error = refused(from, to, "https://a.b");
            assert!(error.contains(expected), "{error}");
        }
    }
}
