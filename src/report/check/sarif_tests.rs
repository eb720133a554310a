use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;
use serde_sarif::sarif::{ResultLevel, Sarif};

use super::super::CheckFormat;
use super::super::testing::{HOSTILE_NAMES, NEW, Sample, copy};
use super::*;

fn read(sample: &Sample) -> Value {
    serde_json::from_slice(&sample.bytes(CheckFormat::Sarif)).unwrap()
}

/// The published schema, from the crate whose types are generated from it.
fn published_schema() -> Value {
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(args);
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // What only other platforms depend on need not have been downloaded.
    let version = cargo(&["-vV"]);
    let mut lines = version.lines();
    let host = lines.find_map(|line| line.strip_prefix("host: ")).unwrap();
    let filter = [
        "metadata",
        "--format-version=1",
        "--offline",
        "--filter-platform",
        host,
    ];
    let metadata: Value = serde_json::from_str(&cargo(&filter)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "serde-sarif");
    let manifest = package.unwrap()["manifest_path"].as_str().unwrap();
    let schema = Path::new(manifest).with_file_name("src/schema.json");
    let mut schema: Value = serde_json::from_slice(&std::fs::read(schema).unwrap()).unwrap();
    assert!(schema["title"].as_str().unwrap().contains("SARIF"));
    // Its one mistake: a bracket too many in a pattern, so that not every
    // engine accepts it. No language is set here.
    for holder in ["run", "toolComponent"] {
        let language = format!("/definitions/{holder}/properties/language");
        let language = schema.pointer_mut(&language).unwrap();
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    schema
}

#[test]
fn logs_keep_to_the_published_schema() {
    let schema = published_schema();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let named = HOSTILE_NAMES.map(Sample::named);
    for sample in Sample::all().into_iter().chain(named) {
        let log = read(&sample);
        let problems: Vec<_> = validator.iter_errors(&log).collect();
        assert!(problems.is_empty(), "{problems:?}");
    }
    // It would notice.
    let mut log = read(&Sample::hostile());
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!validator.is_valid(&log));
    let mut log = read(&Sample::hostile());
    let place = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
    *log.pointer_mut(place).unwrap() = "a b".into();
    assert!(!validator.is_valid(&log));
}

#[test]
fn results_have_a_line_each() {
    let text = Sample::hostile().text(CheckFormat::Sarif);
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(text.replace(&version, "\"VERSION\""));
}

#[test]
fn a_reader_of_its_types_understands_it() {
    let sample = Sample::hostile();
    let log: Sarif = serde_json::from_slice(&sample.bytes(CheckFormat::Sarif)).unwrap();
    let run = &log.runs[0];
    let results = run.results.as_ref().unwrap();
    assert_eq!(results.len(), 12 + 2 + 2 + 3);
    assert_eq!(results[0].level, Some(ResultLevel::Error));
    assert_eq!(results[13].level, Some(ResultLevel::Warning));
    let rules = run.tool.driver.rules.as_ref().unwrap();
    for result in results {
        let index = result.rule_index.unwrap() as usize;
        assert_eq!(Some(&rules[index].id), result.rule_id.as_ref());
        let ids = result.related_locations.iter().flatten();
        let ids: Vec<_> = ids.map(|related| related.id.unwrap()).collect();
        assert!(ids.iter().copied().eq(1..=ids.len() as i64));
    }
    let bases = run.original_uri_base_ids.as_ref().unwrap();
    let invocation = &run.invocations.as_ref().unwrap()[0];
    assert!(!invocation.execution_successful);
    let told = invocation.tool_execution_notifications.as_ref().unwrap();
    assert_eq!(told.len(), 2 + 1);
    let places = results
        .iter()
        .flat_map(|result| result.locations.iter().flatten());
    for location in places {
        let artifact = location.physical_location.as_ref().unwrap();
        let artifact = artifact.artifact_location.as_ref().unwrap();
        let absolute = artifact.uri.as_ref().unwrap().starts_with("file:///");
        match &artifact.uri_base_id {
            Some(base) => assert!(bases.contains_key(base) && !absolute),
            None => assert!(absolute),
        }
    }
}

/// The requirements of GitHub's code scanning.
#[test]
fn code_scanning_finds_what_it_needs() {
    for sample in Sample::all() {
        let log = read(&sample);
        assert_eq!(log["version"], "2.1.0");
        assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
        let run = &log["runs"][0];
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            for text in ["shortDescription", "fullDescription", "help"] {
                let text = rule[text]["text"].as_str().unwrap();
                assert!(text.len() > 10 && text.len() < 1024, "{text}");
            }
        }
        let mut prints = std::collections::HashSet::new();
        for result in run["results"].as_array().unwrap() {
            assert!(result["message"]["text"].is_string());
            let region = &result["locations"][0]["physicalLocation"]["region"];
            for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert_eq!(region[edge], 1);
            }
            let print = &result["partialFingerprints"]["primaryLocationLineHash"];
            assert!(prints.insert(print.as_str().unwrap()));
        }
    }
}

#[test]
fn all_is_well_without_results() {
    let log = read(&Sample::clean());
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
}

#[test]
fn a_large_group_does_not_grow_with_its_square() {
    let mut sample = Sample::plain();
    let copies = (0..300).map(|n| copy(format!("{n}").as_bytes(), NEW));
    sample.verdict.findings[0].copies.extend(copies);
    let log = read(&sample);
    let result = &log["runs"][0]["results"][7];
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 100);
    let text = result["message"]["text"].as_str().unwrap();
    assert!(
        text.ends_with(" 201 more copies are not listed here."),
        "{text}"
    );
}

#[test]
fn names_make_no_links_and_no_placeholders() {
    let text = &message("[x](http://e.x) {0}")["text"];
    assert_eq!(text, r"\[x\](http://e.x) {{0}}");
}

proptest! {
    #[test]
    fn any_name_is_read_back(name in proptest::collection::vec(1_u8.., 1..12)) {
        let name: Vec<u8> = name.into_iter().filter(|b| *b != b'/').collect();
        let log = read(&Sample::named(&name));
        let result = &log["runs"][0]["results"][1];
        let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let uri = artifact["uri"].as_str().unwrap();
        prop_assert_eq!(uri, crate::report::uri::uri(&crate::report::testing::path(&name)));
        let text = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
        let plain = text.replace("{{", "{").replace("}}", "}").replace("\\[", "[").replace("\\]", "]");
        let path = crate::report::testing::path(&name);
        let start = format!("new is a copy of {} (3 B).", crate::report::quote(&path));
        prop_assert!(plain.starts_with(&start), "{}", plain);
    }
}
