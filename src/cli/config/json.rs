//! The settings in effect as JSON.

use std::ffi::OsStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::view::{Row, Section, Shown, View};
use crate::check::{Allow, PathBudget, Same};
use crate::cli::settings::{Origin, Place, Placed};
use crate::platform::bytes_of;

/// The version of this format, described in `nodupe config --help`.
const VERSION: u32 = 1;

/// Writes all of it.
pub(super) fn write(view: &View) -> String {
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("version", json!(VERSION));
    set("nodupe", json!(env!("CARGO_PKG_VERSION")));
    set(
        "file",
        view.file
            .as_ref()
            .map_or(Value::Null, |f| text(f.as_os_str())),
    );
    set(
        "directory",
        view.directory
            .as_ref()
            .map_or(Value::Null, |d| text(d.as_os_str())),
    );
    for section in &view.sections {
        set(section.command.name(), one_section(view, section));
    }
    set(
        "allow",
        view.allow.iter().map(|rule| allow(view, rule)).collect(),
    );
    set(
        "budget",
        view.budgets.iter().map(|rule| budget(view, rule)).collect(),
    );
    set(
        "same",
        view.same.iter().map(|rule| same(view, rule)).collect(),
    );
    set("warnings", json!(view.unknown_variables));
    let mut text = serde_json::to_string_pretty(&Value::Object(document)).unwrap_or_default();
    text.push('\n');
    text
}

fn one_section(view: &View, section: &Section) -> Value {
    let rows = section.rows.iter();
    let options: Map<String, Value> = rows
        .map(|row| (row.name.clone(), option(view, row)))
        .collect();
    let displaced = section.displaced.iter().map(|gone| {
        let mut entry = origin(view, &gone.origin);
        entry.insert("name".to_owned(), json!(gone.name));
        entry.insert("by".to_owned(), json!(gone.by));
        Value::Object(entry)
    });
    json!({ "options": options, "displaced": displaced.collect::<Vec<_>>() })
}

fn option(view: &View, row: &Row) -> Value {
    let mut entry = match &row.origin {
        Some(from) => origin(view, from),
        None => Map::from_iter([("origin".to_owned(), json!("default"))]),
    };
    let value = match &row.value {
        None => Value::Null,
        Some(Shown::Switch(on)) => json!(on),
        Some(Shown::Number(number)) => json!(number),
        Some(Shown::One(word)) => text(word),
        Some(Shown::Many(words)) => words.iter().map(|word| text(word)).collect(),
    };
    entry.insert("value".to_owned(), value);
    Value::Object(entry)
}

fn origin(view: &View, origin: &Origin) -> Map<String, Value> {
    let mut entry = Map::new();
    let mut set = |name: &str, value: Value| entry.insert(name.to_owned(), value);
    match origin {
        Origin::Flag(flag) => {
            set("origin", json!("flag"));
            set("name", json!(flag));
        }
        Origin::Variable(variable) => {
            set("origin", json!("environment"));
            set("name", json!(variable));
        }
        Origin::File(place) => {
            set("origin", json!("file"));
            entry.extend(place_in_file(view, *place));
        }
    }
    entry
}

fn place_in_file(view: &View, place: Place) -> Map<String, Value> {
    let file = view.file.as_ref();
    Map::from_iter([
        (
            "file".to_owned(),
            file.map_or(Value::Null, |f| text(f.as_os_str())),
        ),
        ("line".to_owned(), json!(place.line)),
        ("column".to_owned(), json!(place.column)),
    ])
}

fn allow(view: &View, rule: &Placed<Allow>) -> Value {
    let mut entry = place_in_file(view, rule.place);
    let Allow {
        paths,
        digests,
        reason,
    } = &rule.it;
    let digests: Vec<_> = digests.iter().map(ToString::to_string).collect();
    entry.insert("paths".to_owned(), json!(paths));
    entry.insert("digests".to_owned(), json!(digests));
    entry.insert("reason".to_owned(), json!(reason));
    Value::Object(entry)
}

fn budget(view: &View, rule: &Placed<PathBudget>) -> Value {
    let mut entry = place_in_file(view, rule.place);
    let PathBudget { paths, budget } = &rule.it;
    entry.insert("paths".to_owned(), json!(paths));
    entry.insert("max-groups".to_owned(), json!(budget.max_groups));
    entry.insert("max-duplicates".to_owned(), json!(budget.max_duplicates));
    entry.insert("max-reclaimable".to_owned(), json!(budget.max_reclaimable));
    Value::Object(entry)
}

fn same(view: &View, rule: &Placed<Same>) -> Value {
    let mut entry = place_in_file(view, rule.place);
    let Same { paths, reason } = &rule.it;
    entry.insert("paths".to_owned(), json!(paths));
    entry.insert("reason".to_owned(), json!(reason));
    Value::Object(entry)
}

/// A text, or its bytes if it is not UTF-8.
fn text(word: &OsStr) -> Value {
    match word.to_str() {
        Some(text) => json!(text),
        None => json!({ "bytes": STANDARD.encode(bytes_of(word)) }),
    }
}
