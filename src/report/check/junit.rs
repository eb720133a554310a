//! JUnit XML, which most CI systems show as tests.
//!
//! A new file is a test that failed, or passed if it is within a budget. A path
//! that could not be read is a test with an error: it neither failed nor
//! passed. Without findings there is one passed test, because CI systems treat
//! a report without tests as broken.
//!
//! XML cannot hold every character, not even as a reference, and changes some
//! in transit. So names are escaped first; bytes that are not UTF-8 and
//! invisible characters are escape sequences.

use std::io::{self, Write};
use std::path::Path;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::CheckReport;
use super::phrases::{REMEDY, STALE_REMEDY, copy_of, headline, is_over, printable, shown, stale};
use crate::check::Verdict;
use crate::report::humanize::shortfall;

/// The result of one test.
enum Outcome {
    Passed,
    Failed,
    Error,
}

struct Case {
    class: &'static str,
    name: String,
    file: Option<String>,
    outcome: Outcome,
    /// A short description of the failure, also its type.
    kind: &'static str,
    message: String,
}

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    let counts = Counts::of(report);
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let [tests, failures, errors] =
        [counts.tests, counts.failures, counts.errors].map(|count| count.to_string());
    let attributes = [
        ("name", "nodupe check"),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", &errors),
    ];
    xml.create_element("testsuites")
        .with_attributes(attributes)
        .write_inner_content(|xml| {
            xml.create_element("testsuite")
                .with_attributes(attributes)
                .with_attribute(("skipped", "0"))
                .write_inner_content(|xml| {
                    for_each_case(report, &mut |case| write_case(xml, &case))
                })?;
            Ok(())
        })?;
    xml.into_inner().write_all(b"\n")
}

#[derive(Default)]
struct Counts {
    tests: u64,
    failures: u64,
    errors: u64,
}

impl Counts {
    /// Counted in a separate pass, since the numbers come first.
    fn of(report: &CheckReport<'_>) -> Self {
        let mut counts = Self::default();
        // Counting cannot fail.
        let _ = for_each_case(report, &mut |case| {
            counts.tests += 1;
            match case.outcome {
                Outcome::Passed => {}
                Outcome::Failed => counts.failures += 1,
                Outcome::Error => counts.errors += 1,
            }
            Ok(())
        });
        counts
    }
}

fn for_each_case(
    report: &CheckReport<'_>,
    take: &mut dyn FnMut(Case) -> io::Result<()>,
) -> io::Result<()> {
    let verdict = report.verdict;
    for finding in &verdict.findings {
        for copy in finding.new_files() {
            let over = is_over(verdict, copy);
            let path = report.placed(&copy.path);
            let budget = if over { "" } else { ", within the budget" };
            take(Case {
                class: "duplicates",
                name: name(&path),
                file: Some(name(&path)),
                outcome: passed_or_failed(over),
                kind: "duplicate-file",
                message: format!("{}{budget}. {REMEDY}", copy_of(report, finding, copy)),
            })?;
        }
    }
    for entry in &verdict.stale {
        let path = report.placed(&entry.path);
        take(Case {
            class: "baseline",
            name: format!("{} {}", name(&path), entry.digest),
            file: None,
            outcome: passed_or_failed(verdict.deny_stale),
            kind: "stale-baseline-entry",
            message: format!("{}. {STALE_REMEDY}", stale(report, entry)),
        })?;
    }
    for error in report.errors {
        let path = report.placed(&error.path);
        take(Case {
            class: "scan",
            name: name(&path),
            file: Some(name(&path)),
            outcome: Outcome::Error,
            kind: error.kind.as_str(),
            message: printable(error.message.as_bytes()),
        })?;
    }
    match shortfall(report.summary) {
        // Paths that could not be read are separate errors.
        Some(shortfall) if report.errors.is_empty() || report.summary.interrupted => take(Case {
            class: "scan",
            name: "complete".to_owned(),
            file: None,
            outcome: Outcome::Error,
            kind: "incomplete",
            message: shortfall,
        }),
        None if verdict.findings.is_empty() => take(nothing_new(verdict)),
        _ => Ok(()),
    }
}

fn nothing_new(verdict: &Verdict) -> Case {
    Case {
        class: "duplicates",
        name: "no new duplicates".to_owned(),
        file: None,
        outcome: Outcome::Passed,
        kind: "duplicate-file",
        message: headline(verdict),
    }
}

fn passed_or_failed(is_failure: bool) -> Outcome {
    if is_failure {
        Outcome::Failed
    } else {
        Outcome::Passed
    }
}

fn name(path: &Path) -> String {
    shown(path)
}

fn write_case(xml: &mut Writer<&mut dyn Write>, case: &Case) -> io::Result<()> {
    let (class, name, message) = (case.class, visible(&case.name), visible(&case.message));
    let mut element = xml
        .create_element("testcase")
        .with_attributes([("classname", class), ("name", &*name)]);
    if let Some(file) = &case.file {
        element = element.with_attribute(("file", &*visible(file)));
    }
    element.write_inner_content(|xml| {
        let (inner, attributes) = match case.outcome {
            Outcome::Passed => ("system-out", None),
            Outcome::Failed => (
                "failure",
                Some([("type", case.kind), ("message", &*message)]),
            ),
            Outcome::Error => ("error", Some([("type", case.kind), ("message", &*message)])),
        };
        let inner = xml.create_element(inner);
        let inner = inner.with_attributes(attributes.into_iter().flatten());
        // Some show the attribute, some the text.
        inner.write_text_content(BytesText::new(&message))?;
        Ok(())
    })?;
    Ok(())
}

/// Printable text without the two characters that XML forbids beyond the
/// invisible ones (the production `Char` of XML 1.0).
fn visible(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}")
        .replace('\u{ffff}', "\\u{ffff}")
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
        prop_assert_eq!(cases.len(), 4);
        let shown = visible(&printable(name));
        prop_assert_eq!(cases[1].get("name"), &shown);
        prop_assert_eq!(cases[1].get("file"), &shown);
        let failure = elements
            .iter()
            .filter(|e| e.name == "failure")
            .nth(1)
            .unwrap();
        prop_assert!(failure.text.starts_with("a copy of old"));
        let kept = elements.iter().find(|e| e.name == "failure").unwrap();
        let start = format!("a copy of {shown} (3 B). ");
        prop_assert!(kept.text.starts_with(&start));
        prop_assert!(kept.get("message").starts_with(&start));
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
