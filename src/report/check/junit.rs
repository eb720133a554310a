//! JUnit XML, which most CI systems show as tests.
//!
//! An issue is a test that failed, or passed if it is a warning only. A path
//! that could not be read is a test with an error: it neither failed nor
//! passed. Without issues there is one passed test, because CI systems treat a
//! report without tests as broken.
//!
//! XML cannot hold every character, not even as a reference, and changes some
//! in transit. So all text is escaped first: of characters that are not allowed
//! or invisible nothing is left.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::CheckReport;
use super::issue::{Base, Issue, Rule, Severity, issues};
use super::phrases::{exact_or_quoted, headline};
use crate::report::humanize::shortfall;
use crate::report::quote;

/// One test.
struct Case {
    class: &'static str,
    name: String,
    file: Option<String>,
    /// The element of the outcome: `system-out` if it passed.
    outcome: &'static str,
    /// A short description of the failure.
    kind: &'static str,
    message: String,
}

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    // Counted first, since the numbers come first.
    let count = |outcome: &str| {
        let cases = cases(report);
        let counted = cases.filter(|case| outcome.is_empty() || case.outcome == outcome);
        counted.count().to_string()
    };
    let (tests, failures, errors) = (count(""), count("failure"), count("error"));
    let attributes = [
        ("name", "nodupe check"),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", &errors),
    ];
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites")
        .with_attributes(attributes)
        .write_inner_content(|xml| {
            xml.create_element("testsuite")
                .with_attributes(attributes)
                .with_attribute(("skipped", "0"))
                .write_inner_content(|xml| {
                    cases(report).try_for_each(|case| write_case(xml, &case))
                })?;
            Ok(())
        })?;
    xml.into_inner().write_all(b"\n")
}

fn cases<'a>(report: &'a CheckReport<'a>) -> impl Iterator<Item = Case> + 'a {
    let is_listed = !report.errors.is_empty() && !report.summary.interrupted;
    let last = match shortfall(report.summary) {
        // Paths that could not be read are tests of their own.
        Some(_) if is_listed => None,
        Some(shortfall) => Some(whole("scan", "complete", "error", shortfall)),
        None if report.verdict.findings.is_empty() => {
            let passed = headline(report.verdict);
            Some(whole(
                "duplicates",
                "no new duplicates",
                "system-out",
                passed,
            ))
        }
        None => None,
    };
    issues(report, Base::Repository)
        .map(|issue| case(&issue))
        .chain(last)
}

fn case(issue: &Issue<'_>) -> Case {
    let (class, outcome) = match (issue.rule, issue.severity) {
        (Rule::Unreadable, _) => ("scan", "error"),
        (rule, severity) => (
            match rule {
                Rule::Stale => "baseline",
                Rule::Difference => "same",
                _ => "duplicates",
            },
            match severity {
                Severity::Error => "failure",
                Severity::Warning => "system-out",
            },
        ),
    };
    let mut name = quote(&issue.path).into_owned();
    if let (Rule::Stale, Some(digest)) = (issue.rule, issue.digest) {
        // A path may be listed with several contents.
        name = format!("{name} {digest}");
    }
    Case {
        class,
        name,
        file: issue
            .location
            .as_deref()
            .map(|path| exact_or_quoted(path, "")),
        outcome,
        kind: issue.rule.id(),
        message: issue.text(),
    }
}

/// A test of the check as a whole.
fn whole(class: &'static str, name: &str, outcome: &'static str, message: String) -> Case {
    Case {
        class,
        name: name.to_owned(),
        file: None,
        outcome,
        kind: "incomplete",
        message,
    }
}

fn write_case(xml: &mut Writer<&mut dyn Write>, case: &Case) -> io::Result<()> {
    let message = &*case.message;
    let mut element = xml
        .create_element("testcase")
        .with_attributes([("classname", case.class), ("name", &*case.name)]);
    if let Some(file) = &case.file {
        element = element.with_attribute(("file", &**file));
    }
    element.write_inner_content(|xml| {
        let mut inner = xml.create_element(case.outcome);
        if case.outcome != "system-out" {
            inner = inner.with_attributes([("type", case.kind), ("message", message)]);
        }
        // Some show the attribute, some the text.
        inner.write_text_content(BytesText::new(message))?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;

    use super::super::CheckFormat;
    use super::super::testing::{HOSTILE_NAMES, Sample};
    use super::*;

    /// An element as a reader gets it: its name, its attributes, its text.
    #[derive(Debug, Default, Clone, PartialEq)]
    struct Element {
        name: String,
        attributes: Vec<(String, String)>,
        text: String,
    }

    impl Element {
        fn get(&self, name: &str) -> &str {
            let found = self.attributes.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value)
        }
    }

    fn read(text: &str) -> Vec<Element> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = true;
        let mut elements: Vec<Element> = Vec::new();
        let mut open = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    let attributes = start.attributes().map(|attribute| {
                        let attribute = attribute.unwrap();
                        let name = attribute.key.as_ref().to_owned();
                        let value = attribute.value;
                        (
                            name,
                            quick_xml::escape::unescape(&value).unwrap().into_owned(),
                        )
                    });
                    open.push(elements.len());
                    elements.push(Element {
                        name: start.name().as_ref().to_owned(),
                        attributes: attributes.collect(),
                        text: String::new(),
                    });
                }
                Event::End(_) => {
                    open.pop().unwrap();
                }
                Event::Text(text) => {
                    if let Some(at) = open.last() {
                        elements[*at].text.push_str(&text);
                    }
                }
                Event::GeneralRef(reference) => {
                    let name: &str = &reference;
                    let text = quick_xml::escape::unescape(&format!("&{name};"))
                        .unwrap()
                        .into_owned();
                    elements[*open.last().unwrap()].text.push_str(&text);
                }
                Event::Decl(_) => {}
                Event::Eof => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(open.is_empty());
        elements
    }

    fn text(sample: &Sample) -> String {
        sample.text(CheckFormat::Junit)
    }

    fn is_allowed(c: char) -> bool {
        matches!(c, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    }

    #[test]
    fn each_new_file_is_a_test() {
        insta::assert_snapshot!(text(&Sample::plain()));
    }

    #[test]
    fn what_fails_and_what_is_in_error_are_told_apart() {
        insta::assert_snapshot!(text(&Sample::hostile()));
    }

    #[test]
    fn nothing_new_is_a_test_that_passed() {
        insta::assert_snapshot!(text(&Sample::clean()));
    }

    #[test]
    fn an_interrupted_scan_has_not_passed() {
        let mut sample = Sample::clean();
        sample.summary.complete = false;
        sample.summary.interrupted = true;
        let elements = read(&text(&sample));
        assert_eq!(elements[0].get("errors"), "1");
        assert_eq!(elements[0].get("tests"), "1");
    }

    #[test]
    fn counts_are_those_of_the_tests() {
        for sample in Sample::all() {
            let elements = read(&text(&sample));
            let count = |name: &str| {
                let named = elements.iter().filter(|element| element.name == name);
                named.count().to_string()
            };
            for suite in &elements[..2] {
                assert_eq!(suite.get("tests"), count("testcase"));
                assert_eq!(suite.get("failures"), count("failure"));
                assert_eq!(suite.get("errors"), count("error"));
            }
        }
    }

    fn check(name: &[u8]) -> Result<(), TestCaseError> {
        let text = text(&Sample::named(name));
        prop_assert!(text.chars().all(is_allowed), "{text:?}");
        let elements = read(&text);
        let cases: Vec<_> = elements.iter().filter(|e| e.name == "testcase").collect();
        prop_assert_eq!(cases.len(), 5);
        let path = crate::report::testing::path(name);
        let shown = quote(&path);
        prop_assert_eq!(cases[1].get("name"), &*shown);
        prop_assert_eq!(cases[1].get("file"), exact_or_quoted(&path, ""));
        let failures: Vec<_> = elements.iter().filter(|e| e.name == "failure").collect();
        let starts = [
            format!("new is a copy of {shown} (3 B). "),
            format!("{shown} is a copy of old (2 B). "),
        ];
        for (failure, start) in failures.iter().zip(&starts) {
            prop_assert!(failure.text.starts_with(start), "{}", failure.text);
            prop_assert_eq!(failure.get("message"), &*failure.text);
        }
        Ok(())
    }

    #[test]
    fn hostile_names_are_read_back_as_they_are_shown() {
        for name in HOSTILE_NAMES {
            check(name).unwrap();
        }
    }

    proptest! {
        #[test]
        fn no_name_breaks_it(name in proptest::collection::vec(1_u8.., 1..20)) {
            check(&name)?;
        }

        #[test]
        fn no_text_breaks_it(name in "[<>&'\"\\]!\\[CDAT\u{fffe}\u{ffff}\u{fffd}\t\r\n;#]{1,12}") {
            check(name.as_bytes())?;
        }
    }
}
