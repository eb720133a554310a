//! The JSON Schema of the document: the promise that programs may rely on.
//!
//! It is a separate strict file, not derived from the types: a derived schema
//! would change with them and break the promise silently. The tests compare the
//! two.

/// The JSON Schema (2020-12) of the document that [`super::Format::Json`]
/// makes.
#[must_use]
pub(crate) fn schema() -> &'static str {
    include_str!("schema.json")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::objects;
    use super::super::{Format, testing};
    use super::*;
    use crate::config::HashAlgorithm;
    use crate::error::{FailureKind, ScanError};
    use crate::types::Group;

    fn document(groups: &[Group], errors: &[ScanError]) -> Value {
        let directories = testing::directory_groups();
        let directories = (!groups.is_empty()).then_some(&directories[..]);
        let summary = testing::summary();
        let (out, _) = testing::written_with(Format::Json, groups, directories, &summary, errors);
        serde_json::from_slice(&out).unwrap()
    }

    fn validator() -> jsonschema::Validator {
        let schema: Value = serde_json::from_str(schema()).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap()
    }

    fn samples() -> Value {
        let mut unread = testing::group(u64::MAX, &[b"d/only"]);
        unread.digest = None;
        let errors = [testing::error(b"d/gone"), testing::error(b"d/\xff")];
        document(&[testing::hostile(), unread], &errors)
    }

    #[test]
    fn documents_match_the_schema() {
        let validator = validator();
        for document in [document(&[], &[]), samples()] {
            let errors: Vec<_> = validator.iter_errors(&document).collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }

    #[test]
    fn the_schema_rejects_other_documents() {
        let validator = validator();
        let broken = [
            ("/version", json!(2)),
            ("/complete", json!("yes")),
            ("/hash", json!("sha1")),
            ("/roots/0", json!(1)),
            ("/executor", json!({"kind": "thread"})),
            ("/totals/files", json!(-1)),
            ("/totals/bytes", json!(1.5)),
            ("/stages/0/name", json!("guess")),
            ("/elapsed_seconds", json!(-0.1)),
            ("/groups/0/digest", json!("ABC")),
            ("/groups/0/files", json!([])),
            ("/groups/0/files/0/modified", json!("yesterday")),
            ("/groups/0/files/0/hard_links/0", json!({"path": "x"})),
            ("/groups/0/files/3/path_bytes", json!("***")),
            ("/groups/0/linked_outside_bytes", json!(-1)),
            ("/groups/0/files/0/changed", json!(0)),
            ("/groups/0/files/0/links", json!("2")),
            ("/groups/0/files/0/reference", json!(null)),
            ("/groups/0/files/0/keep", json!(1)),
            ("/directory_groups", json!(1)),
            ("/directory_groups/0/digest", json!("ABC")),
            ("/directory_groups/0/directories", json!([])),
            ("/directory_groups/0/directories/0/keep", json!(1)),
            ("/similar_directories/0/complete", json!(null)),
            ("/similar_directories/0/only_there/0", json!(1)),
            ("/errors/0/stage", json!("lunch")),
            ("/errors/0/kind", json!("bad-luck")),
        ];
        for (pointer, value) in broken {
            let mut document = samples();
            *document.pointer_mut(pointer).unwrap() = value;
            assert!(!validator.is_valid(&document), "{pointer}");
        }
    }

    #[test]
    fn no_field_may_be_missing_or_new() {
        let validator = validator();
        let samples = samples();
        let all = objects(&samples);
        assert!(all.len() > 10, "{all:?}");
        for at in all {
            let fields =
                |document: &Value| document.pointer(&at).unwrap().as_object().unwrap().clone();
            let mut document = samples.clone();
            document.pointer_mut(&at).unwrap()["surprise"] = json!(1);
            assert!(!validator.is_valid(&document), "{at}/surprise");
            for name in fields(&samples).keys() {
                let mut document = samples.clone();
                let object = document.pointer_mut(&at).unwrap().as_object_mut().unwrap();
                object.remove(name);
                // `path_bytes` is present only if the text is not exact.
                let listed = at.contains("hard_links") || at.contains("only_there");
                let optional = name == "path_bytes" && !listed;
                assert_eq!(validator.is_valid(&document), optional, "{at}/{name}");
            }
        }
    }

    #[test]
    fn the_schema_lists_all_that_can_be_written() {
        let schema: Value = serde_json::from_str(schema()).unwrap();
        let hashes: Vec<_> = HashAlgorithm::ALL.iter().map(|h| h.as_str()).collect();
        assert_eq!(schema["properties"]["hash"]["enum"], json!(hashes));
        let kinds: Vec<_> = FailureKind::ALL.iter().map(|k| k.as_str()).collect();
        let error = &schema["$defs"]["error"]["properties"];
        assert_eq!(error["kind"]["enum"], json!(kinds));
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
        visit(&serde_json::from_str(schema()).unwrap(), "");
    }
}
