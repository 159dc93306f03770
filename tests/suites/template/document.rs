//! The template as plain data, with intrinsic functions in their long forms.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use roster_local::template::Template;
use serde_json::{Value, json};

/// The whole document.
pub fn document() -> Value {
    Template::built_in().unwrap().document().clone()
}

/// The resources of one type, by logical id.
pub fn resources(of_type: &str) -> BTreeMap<String, Value> {
    let document = document();
    let all = document["Resources"].as_object().unwrap().clone();
    all.into_iter().filter(|(_, resource)| resource["Type"] == of_type).collect()
}

/// One resource's properties.
pub fn properties(id: &str) -> Value {
    document()["Resources"][id]["Properties"].clone()
}

/// The functions, by logical id.
pub fn functions() -> BTreeMap<String, Value> {
    resources("AWS::Serverless::Function")
}

/// The name of a function's binary.
pub fn binary(function: &Value) -> &str {
    function["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap()
}

/// The logical id of a function, by the name of its binary.
pub fn function_of(wanted: &str) -> String {
    functions().into_iter().find(|(_, function)| binary(function) == wanted).unwrap().0
}

/// `!Ref name`.
pub fn reference(name: &str) -> Value {
    json!({ "Ref": name })
}

/// `!GetAtt name.Arn`.
pub fn arn(name: &str) -> Value {
    json!({ "Fn::GetAtt": [name, "Arn"] })
}

/// A list of texts.
pub fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap_or_else(|| panic!("{list} is no list")).iter().map(|text| text.as_str().unwrap()).collect()
}

/// The folders of the function crates.
pub fn crates() -> BTreeSet<String> {
    let folders = fs::read_dir(workspace().join("functions")).unwrap();
    folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect()
}

/// The root of the repository.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
