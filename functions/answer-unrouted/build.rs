//! Takes the routes from `template.yaml`, so that 405 knows them without a second list.
//!
//! Reads only lines that hold both `Method: …` and `Path: …`, as the template writes an HTTP API
//! event. The suite `template` compares the result with a real parse of the template.

use std::{env, fmt::Write, fs, io, path::Path};

fn main() -> io::Result<()> {
    let template = Path::new("../../template.yaml");
    println!("cargo::rerun-if-changed={}", template.display());
    let text = fs::read_to_string(template)?;
    let mut routes =
        String::from("/// Method and path of every route of the template.\npub const ROUTES: &[(&str, &str)] = &[\n");
    for line in text.lines() {
        if let (Some(method), Some(path)) = (word_after(line, "Method: "), word_after(line, "Path: "))
            && path.starts_with('/')
        {
            writeln!(routes, "    ({method:?}, {path:?}),").map_err(io::Error::other)?;
        }
    }
    routes.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&out).join("routes.rs"), routes)
}

fn word_after<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(key)?;
    rest.split([' ', ',']).next().map(|word| word.trim_matches('"'))
}
