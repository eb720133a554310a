//! The JSON Schema of the verdict: the promise that programs may rely on.
//!
//! A separate strict file, like the schema of a scan.

/// The JSON Schema (2020-12) of the document that
/// [`super::CheckFormat::Json`] makes.
#[must_use]
pub(crate) fn schema() -> &'static str {
    include_str!("schema.json")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::CheckFormat;
    use super::super::testing::Sample;
    use super::*;
    use crate::config::HashAlgorithm;
    use crate::error::FailureKind;
    use crate::report;
    use crate::report::testing::objects;

    fn document(sample: &Sample) -> Value {
        serde_json::from_slice(&sample.bytes(CheckFormat::Json)).unwrap()
    }

    fn parsed() -> Value {
        serde_json::from_str(schema()).unwrap()
    }

    fn validator() -> jsonschema::Validator {
        assert!(jsonschema::meta::is_valid(&parsed()));
        jsonschema::validator_for(&parsed()).unwrap()
    }

    #[test]
    fn every_document_matches_the_schema() {
        let validator = validator();
        for sample in Sample::all() {
            let document = document(&sample);
            let problems: Vec<_> = validator.iter_errors(&document).collect();
            assert!(problems.is_empty(), "{problems:?}");
        }
    }

    #[test]
    fn documents_outside_the_schema_are_rejected() {
        let validator = validator();
        let broken = [
            ("/version", json!(2)),
            ("/within", json!("no")),
            ("/new/groups", json!(-1)),
            ("/hash", json!("sha1")),
            ("/totals/files", json!(null)),
            ("/budgets/0/limits/groups", json!("none")),
            ("/budgets/0/exceeded/0", json!("bytes")),
            ("/findings/0/digest", json!("ABC")),
            ("/findings/0/files", json!([])),
            ("/findings/0/files/0/status", json!("fine")),
            // Only an allow rule has a reason, only a new file a budget.
            ("/findings/0/files/0/reason", json!("because")),
            ("/findings/0/files/0/accepted_by", json!(null)),
            ("/findings/0/files/4/accepted_by", json!("baseline")),
            ("/issues/0/severity", json!("fatal")),
            ("/issues/0/rule", json!("bad-luck")),
            ("/findings/0/files/0/budget", json!(0)),
            ("/findings/0/files/4/budget", json!(null)),
            ("/stale/0/now", json!("lost")),
            ("/errors/0/kind", json!("bad-luck")),
        ];
        for (pointer, value) in broken {
            let mut document = document(&Sample::hostile());
            *document.pointer_mut(pointer).unwrap() = value;
            assert!(!validator.is_valid(&document), "{pointer}");
        }
    }

    #[test]
    fn no_field_may_be_missing_or_new() {
        let validator = validator();
        let sample = document(&Sample::hostile());
        let all = objects(&sample);
        assert!(all.len() > 20, "{all:?}");
        for at in all {
            let mut more = sample.clone();
            more.pointer_mut(&at).unwrap()["surprise"] = json!(1);
            assert!(!validator.is_valid(&more), "{at}/surprise");
            let fields = sample.pointer(&at).unwrap().as_object().unwrap();
            for name in fields.keys() {
                let mut less = sample.clone();
                let object = less.pointer_mut(&at).unwrap().as_object_mut().unwrap();
                object.remove(name);
                // `path_bytes` is present only if the text is not exact.
                let optional = name == "path_bytes" && !at.contains("hard_links");
                assert_eq!(validator.is_valid(&less), optional, "{at}/{name}");
            }
        }
    }

    #[test]
    fn the_schema_lists_all_that_can_be_written() {
        let schema = parsed();
        let hashes: Vec<_> = HashAlgorithm::ALL.iter().map(|h| h.as_str()).collect();
        assert_eq!(schema["properties"]["hash"]["enum"], json!(hashes));
        let kinds: Vec<_> = FailureKind::ALL.iter().map(|k| k.as_str()).collect();
        let error = &schema["$defs"]["error"]["properties"];
        assert_eq!(error["kind"]["enum"], json!(kinds));
    }

    #[test]
    fn both_schemas_share_their_definitions() {
        let (check, scan) = (parsed(), serde_json::from_str(report::schema()));
        let scan: Value = scan.unwrap();
        for part in ["count", "bytes", "path", "error"] {
            assert_eq!(check["$defs"][part], scan["$defs"][part], "{part}");
        }
        let totals = |schema: &Value| schema["properties"]["totals"]["properties"].clone();
        assert_eq!(totals(&check), totals(&scan));
    }

    #[test]
    fn every_property_is_described() {
        fn visit(value: &Value, at: &str) {
            let Value::Object(fields) = value else { return };
            for (name, value) in fields {
                let at = format!("{at}/{name}");
                if name == "properties" {
                    for (property, schema) in value.as_object().unwrap() {
                        assert!(schema["description"].is_string(), "{at}/{property}");
                    }
                }
                visit(value, &at);
            }
        }
        visit(&parsed(), "");
    }
}
