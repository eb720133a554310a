//! The records of a SARIF log that are used here.

use std::path::Path;

use serde::Serialize;

use super::super::phrases::{REMEDY, STALE_REMEDY};
use super::super::uri::uri;

/// A rule's name, and its place in the list of rules.
pub(super) const DUPLICATE: (&str, u32) = ("duplicate-file", 0);
pub(super) const STALE: (&str, u32) = ("stale-baseline-entry", 1);

/// The base of relative URIs, under the name that code hosts know.
const SOURCE_ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
pub(super) struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

impl<R> Log<R> {
    pub(super) fn new(run: Run<R>) -> Self {
        Self {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [run],
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<R> {
    tool: Tool,
    invocations: [Invocation; 1],
    original_uri_base_ids: BaseIds,
    column_kind: &'static str,
    results: R,
}

impl<R> Run<R> {
    pub(super) fn new(invocation: Invocation, results: R) -> Self {
        Self {
            tool: Tool {
                driver: Driver {
                    name: "nodupe",
                    version: env!("CARGO_PKG_VERSION"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules(),
                },
            },
            invocations: [invocation],
            original_uri_base_ids: BaseIds {
                source_root: BaseId {
                    description: Text::of("The root of the repository."),
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        }
    }
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: [Rule; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: [&'static str; 1],
}

fn rules() -> [Rule; 2] {
    let rule =
        |(id, _): (&'static str, u32), name, short: &str, full: &str, help: &str, level| Rule {
            id,
            name,
            short_description: Text::of(short),
            full_description: Text::of(full),
            help: Text::of(help),
            default_configuration: Configuration { level },
            properties: Properties {
                tags: ["maintainability"],
            },
        };
    [
        rule(
            DUPLICATE,
            "DuplicateFile",
            "New duplicate file",
            "The file has the same content as another one, byte for byte, and the project does \
             not accept it.",
            REMEDY,
            "error",
        ),
        rule(
            STALE,
            "StaleBaselineEntry",
            "Stale baseline entry",
            "The baseline accepts a duplicate that is not there any more. Were it to come back, \
             nobody would notice.",
            STALE_REMEDY,
            "warning",
        ),
    ]
}

/// A text without placeholders or links.
#[derive(Serialize)]
struct Text {
    text: String,
}

impl Text {
    fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
        }
    }
}

#[derive(Serialize)]
struct BaseIds {
    #[serde(rename = "%SRCROOT%")]
    source_root: BaseId,
}

#[derive(Serialize)]
struct BaseId {
    description: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub execution_successful: bool,
    pub tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
pub(super) struct Notification {
    pub level: &'static str,
    pub message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
}

/// A text in which braces are placeholders and brackets are links.
#[derive(Serialize)]
pub(super) struct Message {
    pub text: String,
}

impl Message {
    /// Quotes the text exactly: braces are doubled (3.11.5 of the standard),
    /// brackets are escaped (3.11.6), so a name cannot make a link.
    pub(super) fn plain(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '{' | '}' => escaped.push(c),
                '[' | ']' => escaped.push('\\'),
                _ => {}
            }
            escaped.push(c);
        }
        Self { text: escaped }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultRecord {
    pub rule_id: &'static str,
    pub rule_index: u32,
    pub level: &'static str,
    pub message: Message,
    pub locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_locations: Vec<Related>,
    pub partial_fingerprints: Fingerprints,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fingerprints {
    /// The identity of an alert on GitHub. Without it, GitHub would look at
    /// lines of the file, which may be a picture.
    pub primary_location_line_hash: String,
}

#[derive(Serialize)]
pub(super) struct Related {
    pub id: u32,
    #[serde(flatten)]
    pub location: Location,
    pub message: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

impl Location {
    pub(super) fn of(path: &Path, region: Option<Region>) -> Self {
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: uri(path),
                    uri_base_id: (!path.is_absolute()).then_some(SOURCE_ROOT),
                },
                region,
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

impl Region {
    /// The first line. The whole file is meant, but a region with lines is
    /// required even if the file has none.
    pub(super) const START: Self = Self {
        start_line: 1,
        start_column: 1,
        end_line: 1,
        end_column: 1,
    };
}
