//! The search finds planted canaries, so the other tests can fail.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use tests::{canary::Finder, logs};

const TEXT: &str = "zqfinder5t9c2rn8";

fn watching(text: &str) -> Finder {
    let mut finder = Finder::default();
    finder.watch("it", text);
    finder
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(text: &str) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

fn assert_found(finder: &Finder, hidden: &[String]) {
    for hidden in hidden {
        assert!(!finder.found(hidden.as_bytes()).is_empty(), "{hidden}");
        let among_others = format!("before{hidden}after");
        assert!(!finder.found(among_others.as_bytes()).is_empty(), "{hidden}");
    }
}

#[test]
fn a_text_is_found_in_every_encoding() {
    let escaped: String = TEXT.chars().map(|character| format!("\\u{:04X}", u32::from(character))).collect();
    let percent: String = TEXT.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let utf16: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hidden = [
        TEXT.to_owned(),
        TEXT.to_uppercase(),
        escaped.clone(),
        serde_json::to_string(&escaped).unwrap(),
        percent.clone(),
        percent.to_uppercase(),
        percent.replace('%', "%25"),
        hex(TEXT.as_bytes()),
        hex(TEXT.as_bytes()).to_uppercase(),
        hex(&utf16),
        String::from_utf8(utf16).unwrap(),
        format!("{:?}", TEXT.as_bytes()),
        serde_json::to_string(TEXT.as_bytes()).unwrap(),
    ];
    assert_found(&watching(TEXT), &hidden);
    assert!(watching(TEXT).found(b"nothing of the kind").is_empty());
}

#[test]
fn a_text_is_found_in_base64_whatever_stands_before_and_after_it() {
    let finder = watching(TEXT);
    for before in ["", "x", "xy", "xyz"] {
        for after in ["", "a", "ab", "abc"] {
            let text = format!("{before}{TEXT}{after}");
            for hidden in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                assert!(!finder.found(hidden.as_bytes()).is_empty(), "{hidden}");
            }
        }
    }
}

#[test]
fn bytes_that_make_other_signs_in_the_two_alphabets_are_found_in_both() {
    let mut finder = Finder::default();
    let bytes = [0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFE, 0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFE];
    finder.watch_bytes("it", &bytes);
    let (standard, url_safe) = (STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes));
    assert_ne!(standard, url_safe);
    assert_found(&finder, &[standard, url_safe]);
}

#[test]
fn an_account_is_found_by_its_key_and_by_any_form_of_its_hash() {
    let mut finder = Finder::default();
    finder.watch_account(TEXT);
    let hash = sha256(TEXT);
    let key = format!("Steam#{}", URL_SAFE_NO_PAD.encode(&hash));
    let hidden = [
        STANDARD.encode(&key),
        key,
        hex(&hash),
        hex(&hash)[..16].to_owned(),
        STANDARD.encode(&hash),
        format!("{hash:?}"),
    ];
    assert_found(&finder, &hidden);
    assert!(finder.found(TEXT.as_bytes()).is_empty());
}

#[test]
fn a_subject_is_found_by_its_hash_without_a_key_but_not_by_the_digits_of_the_audit_line() {
    let mut finder = Finder::default();
    finder.watch_subject("issuer", TEXT);
    let (plain, actor) = (sha256(TEXT), sha256(&format!("issuer\n{TEXT}")));
    let hidden = [
        TEXT.to_owned(),
        hex(&plain),
        hex(&plain)[..16].to_owned(),
        URL_SAFE_NO_PAD.encode(&plain),
        hex(&actor)[..17].to_owned(),
        hex(&actor)[16..].to_owned(),
        STANDARD.encode(&actor),
    ];
    assert_found(&finder, &hidden);
    assert!(finder.found(format!("\"actor\":\"{}\"", &hex(&actor)[..16]).as_bytes()).is_empty());
}

#[test]
fn a_token_is_found_by_any_of_its_parts() {
    let mut finder = Finder::default();
    let token = format!("{0}.{1}.{2}", "h".repeat(40), "claims-".repeat(10), "signature-".repeat(9));
    finder.watch_token(&token);
    for part in token.split('.').skip(1) {
        assert!(!finder.found(part.as_bytes()).is_empty(), "{part}");
    }
}

/// The search of the log covers such lines too.
#[test]
fn a_line_and_a_span_that_leak_are_caught() {
    logs::capture_all();
    type Leak = fn(&str);
    let leaks: [(&str, Leak); 5] = [
        ("zqleak1message11", |text| tracing::info!("somebody called {text}")),
        ("zqleak2field2222", |text| tracing::trace!(target: "shared", platform_user_id = text, "made")),
        ("zqleak3debug3333", |text| tracing::trace!(target: "get_user", user = ?Some(text), "made")),
        ("zqleak4span44444", |text| drop(tracing::trace_span!(target: "roster_local", "request", text).entered())),
        ("zqleak5escaped55", |text| tracing::info!(body = URL_SAFE_NO_PAD.encode(format!("{{{text}}}")), "made")),
    ];
    for (text, leak) in leaks {
        let finder = watching(text);
        finder.assert_absent("the log", logs::text().as_bytes());
        leak(text);
        assert!(!finder.found(logs::text().as_bytes()).is_empty(), "{text}");
    }
}
