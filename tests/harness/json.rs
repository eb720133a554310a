//! The JSON report, as a program that reads it would take it apart.

use base64::Engine as _;
use serde_json::Value;

/// A JSON report.
pub(crate) struct Report(pub Value);

/// One group of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    pub digest: Option<String>,
    pub size: u64,
    pub reclaimable: u64,
    pub files: Vec<File>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    pub path: String,
    pub hard_links: Vec<String>,
    pub dev: u64,
    pub ino: u64,
    pub modified: String,
    pub changed: String,
    pub links: u64,
    pub reference: bool,
    pub keep: bool,
}

impl Report {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(value) => Self(value),
            Err(error) => panic!(
                "no JSON ({error}): {:?}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(2000)])
            ),
        }
    }

    pub(crate) fn groups(&self) -> Vec<Group> {
        array(&self.0["groups"]).iter().map(group).collect()
    }

    /// The paths of every group, a leading `./` left out: the groups in the order
    /// of the report, in each the references first and sorted, whichever file is
    /// kept. Names of hard links are not among them.
    pub(crate) fn paths(&self) -> Vec<Vec<String>> {
        let plain = |path: &str| path.strip_prefix("./").unwrap_or(path).to_owned();
        let sorted = |group: &Group| {
            let paths = group.files.iter();
            let mut paths: Vec<_> = paths.map(|f| (!f.reference, plain(&f.path))).collect();
            paths.sort_unstable();
            paths.into_iter().map(|(_, path)| path).collect()
        };
        self.groups().iter().map(sorted).collect()
    }

    /// Every path with its hard links, as exact bytes.
    pub(crate) fn exact_paths(&self) -> Vec<Vec<u8>> {
        let mut paths = Vec::new();
        for group in array(&self.0["groups"]) {
            for file in array(&group["files"]) {
                paths.push(exact(file));
            }
        }
        paths
    }

    /// A number among the totals.
    pub(crate) fn total(&self, name: &str) -> u64 {
        number(&self.0["totals"][name])
    }

    /// `path`, `stage` and `kind` of every error.
    pub(crate) fn errors(&self) -> Vec<(String, String, String)> {
        array(&self.0["errors"])
            .iter()
            .map(|error| {
                assert!(!text(&error["message"]).is_empty(), "{error}");
                let path = text(&error["path"]);
                let plain = path.strip_prefix("./").unwrap_or(&path).to_owned();
                (plain, text(&error["stage"]), text(&error["kind"]))
            })
            .collect()
    }

    /// The figures of a stage, or nothing if it is not told of.
    pub(crate) fn stage(&self, name: &str) -> Option<&Value> {
        array(&self.0["stages"]).iter().find(|s| s["name"] == name)
    }
}

fn group(value: &Value) -> Group {
    Group {
        digest: match &value["digest"] {
            Value::Null => None,
            digest => Some(text(digest)),
        },
        size: number(&value["size"]),
        reclaimable: number(&value["reclaimable_bytes"]),
        files: array(&value["files"])
            .iter()
            .map(|file| File {
                path: text(&file["path"]),
                hard_links: array(&file["hard_links"]).iter().map(link).collect(),
                dev: number(&file["dev"]),
                ino: number(&file["ino"]),
                modified: text(&file["modified"]),
                changed: text(&file["changed"]),
                links: number(&file["links"]),
                reference: file["reference"].as_bool().unwrap(),
                keep: file["keep"].as_bool().unwrap(),
            })
            .collect(),
    }
}

fn link(value: &Value) -> String {
    match value {
        Value::String(path) => path.clone(),
        other => text(&other["path"]),
    }
}

/// The bytes of the path of a record: `path_bytes` where there are any.
pub(crate) fn exact(record: &Value) -> Vec<u8> {
    match &record["path_bytes"] {
        Value::Null => text(&record["path"]).into_bytes(),
        bytes => base64::engine::general_purpose::STANDARD
            .decode(text(bytes))
            .unwrap(),
    }
}

fn array(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no array: {value}"))
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
