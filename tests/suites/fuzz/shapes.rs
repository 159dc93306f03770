//! Inputs that are hard on a parser: deep, wide, repetitive, or long in one place.

/// A text that is repeated until a size is reached, with the texts before and after it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub before: &'static str,
    /// The repeated text. `#` in it becomes a running number.
    pub unit: &'static str,
    after: &'static str,
}

const fn of(before: &'static str, unit: &'static str, after: &'static str) -> Shape {
    Shape { before, unit, after }
}

impl Shape {
    /// Makes an input of about so many bytes, and no more.
    pub fn of_size(&self, size: usize) -> Vec<u8> {
        let mut text = self.before.to_owned();
        let size = size.saturating_sub(self.after.len() + self.unit.len() + 8);
        for number in 0_usize.. {
            if text.len() > size {
                break;
            }
            text += &if self.unit.contains('#') {
                self.unit.replace('#', &number.to_string())
            } else {
                self.unit.to_owned()
            };
        }
        (text + self.after).into_bytes()
    }
}

/// Shapes of JSON bodies.
pub const JSON: [Shape; 28] = [
    of("", "[", ""),
    of("", "{\"a\":", ""),
    of("{\"a\":[", "[],", "0]}"),
    of("{\"a\":[", "{\"b\":1},", "0]}"),
    of("[", "[\"a\",1],", "[\"b\",2]]"),
    of("[", "\"ab\",", "\"ab\"]"),
    of("[", "{\"a\":1,\"a\":2,\"b\":3},", "\"ab\"]"),
    of("[{", "\"a\":1,", "\"b\":2}]"),
    of("{", "\"platform\":\"Steam\",", "\"platform\":1}"),
    of("{", "\"\\u0070latform\":null,", "\"platform\":1}"),
    of("{", "\"#\":0,", "\"platform\":1}"),
    of("{", "\"a_name_that_is_long_and_begins_as_all_the_others_do_#\":0,", "\"platform\":1}"),
    of("{\"platform_user_id\":\"", "\\u0041", "\",\"platform\":\"Epic\"}"),
    of("{\"platform_user_id\":\"", "\\ud83d\\ude00", "\",\"platform\":\"Epic\"}"),
    of("{\"platform_user_id\":\"", "\\\\", "\",\"platform\":\"Epic\"}"),
    of("{\"platform_user_id\":\"", "e\u{301}", "\",\"platform\":\"Epic\"}"),
    of("{\"platform_user_id\":\"", "\u{1f600}", ""),
    of("{\"platform_user_id\":0.", "1", ",\"platform\":\"Epic\"}"),
    of("{\"platform_user_id\":1e", "0", "1,\"platform\":\"Epic\"}"),
    of("{\"suggested_purge_time\":", "9", "}"),
    of("{\"suggested_purge_time\":0.", "3", "}"),
    of("{\"suggested_purge_time\":\"", "1_", "1\"}"),
    of("{\"suggested_purge_time\":\"", " ", "1\"}"),
    of("{\"suggested_purge_time\":\"2026-11-22T08:25:07.", "1", "Z\"}"),
    of("{\"person_id\":\"", "urn:", "\",\"leader_person_id\":\"{\"}"),
    of("{\"person_id\":\"", "-{", "\",\"leader_person_id\":\"}\"}"),
    of("", " \n", "{}"),
    of("\"", "\u{e9}", "\\ud800\""),
];

pub const HEADERS: [Shape; 6] = [
    of("Bearer ", "A", ""),
    of("Bearer ", ".", ""),
    of("Bearer e30.", "e30", ".AA"),
    of("", " ", "Bearer"),
    of("", "Bearer ", ""),
    of("Bearer ", ",", ""),
];

/// Shapes of claims after a valid header. A token has at most 8 KiB.
pub const CLAIMS: [Shape; 9] = [
    of("{\"iss\":\"ours\",\"a\":", "[", ""),
    of("{\"iss\":\"ours\",\"aud\":[", "\"x\",", "\"roster\"],\"sub\":\"s\",\"exp\":1e300}"),
    of("{\"iss\":\"ours\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"permissions\":[", "\"\",", "\"\"]}"),
    of("{\"iss\":\"ours\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"nbf\":0.", "9", "}"),
    of("{\"iss\":\"cognito\",\"client_id\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"scope\":\"", "roster/ ", "\"}"),
    of(
        "{\"iss\":\"zitadel\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"urn:zitadel:iam:org:project:roles\":{",
        "\"#\":0,",
        "\"\":0}}",
    ),
    of(
        "{\"iss\":\"keycloak\",\"aud\":\"roster\",\"sub\":\"s\",\"exp\":2e9,\"realm_access\":{\"roles\":[",
        "\"admin\",",
        "\"\"]}}",
    ),
    of("{", "\"#\":0,", "\"iss\":\"ours\"}"),
    of("{\"iss\":\"", "\\u006f", "\"}"),
];

pub const SETTINGS: [Shape; 8] = [
    of("", "[", ""),
    of("{\"keys\":[", "{},", "{}]}"),
    of("{\"keys\":[{", "\"#\":0,", "\"kty\":\"OKP\"}]}"),
    of("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"e\":\"AQAB\",\"n\":\"", "_", "\"}]}"),
    of(
        "{\"keys\":[",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"#\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},",
        "0]}",
    ),
    of("[", "{\"issuer\":\"#\"},", "0]"),
    of("[{\"issuer\":\"i\",\"audience\":[", "\"#\",", "\"a\"],\"jwks\":{\"keys\":[]}}]"),
    of("[{\"issuer\":\"i\",\"audience\":\"a\",\"jwks_url\":\"https://", "a.", "test/\"}]"),
];

/// Shapes of members of an event of get-user.
pub const EVENTS: [Shape; 18] = [
    of("\"rawPath\":\"/v2/users/", "a/", "\""),
    // Other forms of a long path: another name of the member, a prefix, and members by their order.
    of("\"path\":\"/v2/users/", "a/", "\""),
    of("\"requestContext\":{\"http\":{\"method\":\"GET\"},\"stage\":\"", "a/", "\"}"),
    of(
        "[null,null,\"GET\",null,null,null,null,null,\"/",
        "a/",
        "\",\"\",null,{},{},{},{\"http\":{\"method\":\"GET\"}},{},null,false]",
    ),
    of(
        "[null,null,\"GET\",null,null,null,null,null,\"/\",\"\",null,{",
        "\"x-#\":\"1\",",
        "\"y\":\"\"},{},{},{\"http\":{\"method\":\"GET\"}},{},null,false]",
    ),
    of("\"rawPath\":\"", "\u{e9}", "\""),
    of("\"headers\":{", "\"x-#\":\"1\",", "\"y\":\"2\"}"),
    of("\"headers\":{\"x\":\"", "a,", "\"}"),
    of("\"headers\":{\"x\":[", "\"a\",", "\"b\"]}"),
    of("\"cookies\":[", "\"a=1\",", "\"b=2\"]"),
    of("\"rawQueryString\":\"", "a=%20&", "\""),
    of("\"rawQueryString\":\"", "#=+&", "\""),
    of("\"queryStringParameters\":{", "\"#\":\"1,2\",", "\"a\":\"b\"}"),
    of("\"pathParameters\":{\"userId\":\"", "a", "\"}"),
    of("\"pathParameters\":{", "\"#\":\"1\",", "\"userId\":\"b\"}"),
    of("\"isBase64Encoded\":true,\"body\":\"", "AAAA", "=\""),
    of("\"body\":\"", "\\u0000", "\""),
    of("\"stageVariables\":{", "\"#\":\"1\",", "\"a\":\"b\"}"),
];

/// Shapes of members of a batch.
pub const RECORDS: [Shape; 2] = [
    of("\"Records\":[", "{\"messageId\":\"#\",\"body\":\"x\"},", "{}]"),
    of(
        "\"Records\":[",
        "{\"messageId\":\"#\",\"body\":\"{\\\"person_id\\\":\\\"00000000-0000-4000-8000-000000000000\\\",\\\"purge_id\\\":\\\"00000000-0000-4000-8000-000000000000\\\"}\"},",
        "{}]",
    ),
];
