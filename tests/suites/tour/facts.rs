//! Statements of the pages about settings, options, alarms, limits and sums.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use roster_local::template::Template;
use serde_json::Value;
use shared::{
    http::BODY_LIMIT,
    identity::{DisplayName, Platform, PlatformUserId, PlayerId},
};

use tests::docs::{code, page, pages, root, rows};

fn template() -> Value {
    serde_json::to_value(Template::built_in().unwrap().document()).unwrap()
}

/// Variable → the parameter and default that the table gives for it.
fn variables() -> BTreeMap<String, (Option<String>, String)> {
    let rows = rows(&page("deploy").section("Configuration")).into_iter();
    rows.flat_map(|cells| {
        let (parameter, default) = (code(&cells[0]).pop(), cells[2].clone());
        code(&cells[1]).into_iter().map(move |name| (name, (parameter.clone(), default.clone())))
    })
    .collect()
}

/// The texts in capitals in the functions' sources, without those of the build and of ZITADEL's
/// states.
fn read_by_the_code() -> BTreeSet<String> {
    let mut folders = vec![root().join("shared/src"), root().join("functions")];
    let mut names = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("build.rs") {
                let source = fs::read_to_string(path).unwrap().replace("env!(\"", "");
                names.extend(source.split('"').filter(|text| is_name(text)).map(str::to_owned));
            }
        }
    }
    names.retain(|name| !name.starts_with("USER_STATE_"));
    names
}

fn is_name(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    plain && text.contains('_') && text.starts_with(|first: char| first.is_ascii_uppercase())
}

#[test]
fn the_configuration_table_lists_the_variables_that_the_code_reads_and_no_others() {
    let listed: BTreeSet<_> = variables().into_keys().collect();
    assert_eq!(listed, read_by_the_code());
    let template = Template::built_in().unwrap();
    for function in template.functions.values() {
        let unread: Vec<_> = function.environment.keys().filter(|name| !listed.contains(*name)).collect();
        assert!(unread.is_empty(), "the template sets what nothing reads: {unread:?}");
    }
}

#[test]
fn parameters_and_defaults_are_the_templates() {
    let document = template();
    let parameters = document["Parameters"].as_object().unwrap();
    let rows = rows(&page("deploy").section("Configuration"));
    let listed: BTreeSet<_> = rows.iter().flat_map(|cells| code(&cells[0])).collect();
    assert_eq!(listed, parameters.keys().cloned().collect());
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for cells in &rows {
        let Some(parameter) = code(&cells[0]).pop() else { continue };
        let default = match parameters[&parameter].get("Default").map(plain) {
            None => "required".to_owned(),
            Some(default) if default.is_empty() => "empty".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        assert_eq!(cells[2], default, "{parameter}");
    }
    let key_set = rows.iter().find(|cells| cells[0] == "`AuthJwks`").unwrap();
    let longest: String = key_set[4].chars().filter(char::is_ascii_digit).collect();
    assert_eq!(longest, parameters["AuthJwks"]["MaxLength"].to_string());
    let variables = variables();
    for function in Template::built_in().unwrap().functions.values() {
        for (name, value) in &function.environment {
            match (value.get("Ref").and_then(Value::as_str), &variables[name]) {
                (Some(parameter), (listed, _)) if parameters.contains_key(parameter) => {
                    assert_eq!(listed.as_deref(), Some(parameter), "{name}");
                }
                (_, (listed, default)) if value.is_object() => {
                    assert_eq!((listed, default.as_str()), (&None, "the template's"), "{name}")
                }
                (_, (listed, default)) => {
                    assert_eq!((listed, default), (&None, &format!("`{}`", plain(value))), "{name}")
                }
            }
        }
    }
}

#[test]
fn the_options_of_the_command_line_are_all_listed() {
    let source = fs::read_to_string(root().join("local/src/cli/arguments.rs")).unwrap();
    let fields = source.split("pub(super) ").skip(1).filter_map(|rest| rest.split_once(": ").map(|(name, _)| name));
    let fields = fields.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    let options: BTreeSet<_> = fields
        .filter(|name| !["command", "run", "place"].contains(name))
        .map(|name| format!("--{}", name.replace('_', "-").replace("permissions", "permission")))
        .map(|option| option.replace("--public-keys", "--public-key"))
        .collect();
    let rows = rows(&page("operate").section("Commands"));
    let words = rows.iter().flat_map(|cells| code(&cells[0]));
    let listed = words.flat_map(|words| words.split(' ').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(listed.filter(|word| word.starts_with("--")).collect::<BTreeSet<_>>(), options);
}

#[test]
fn the_alarms_and_outputs_are_the_templates() {
    let document = template();
    let resources = document["Resources"].as_object().unwrap();
    let alarms = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    let listed: BTreeSet<_> =
        rows(&page("operate").section("Alarms")).iter().flat_map(|cells| code(&cells[0])).collect();
    assert_eq!(listed, alarms.map(|(name, _)| name.clone()).collect());
    let text: String = pages().into_iter().map(|page| page.text).collect();
    for output in text.split("output `").skip(1).filter_map(|rest| rest.split('`').next()) {
        assert!(document["Outputs"].get(output).is_some(), "the template has no output {output}");
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    let limits: BTreeMap<_, _> =
        rows(&page("api").section("Limits")).into_iter().map(|mut cells| (cells.remove(0), cells.remove(0))).collect();
    let number = |name: &str| {
        let text: String = limits[name].chars().filter(|char| *char != ',').collect();
        text.split(|char: char| !char.is_ascii_digit()).next().unwrap().parse::<usize>().unwrap()
    };
    assert_eq!(number("`platform_user_id`"), PlatformUserId::MAX_CHARS);
    assert_eq!(number("`display_name`"), DisplayName::MAX_CHARS);
    assert_eq!(number("users of a person"), Platform::ALL.len());
    assert_eq!(number("`player_id`"), usize::try_from(PlayerId::MAX).unwrap());
    assert_eq!(number("body") * 1024, BODY_LIMIT);
}

#[test]
fn the_sums_of_the_costs_are_right() {
    let mut idle = Vec::new();
    for cells in rows(&page("costs").section("A month without requests")) {
        let number = |cell: &String| cell.trim_matches('*').parse::<f64>().unwrap();
        match cells.as_slice() {
            [what, _, cents] if what == "**together**" => {
                let sum: f64 = idle.iter().sum();
                assert!((sum - number(cents)).abs() < 0.0051, "{sum}");
            }
            [_, _, cents] => idle.push(number(cents)),
            other => panic!("{other:?}"),
        }
    }
    assert!(!idle.is_empty());
}
